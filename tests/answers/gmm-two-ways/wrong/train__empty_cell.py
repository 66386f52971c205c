# mistake: the solution cell holds only a comment
# expect: missing
# credit: 0-0
# TODO
