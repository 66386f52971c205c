# mistake: the solution is left as the stub
# expect: missing
# credit: 0-0
def make_data(N, logits, means, lsigmas):
    # YOUR CODE HERE
    raise NotImplementedError()
