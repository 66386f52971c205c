# mistake: stub
# expect: missing
# credit: 0-0
# finding: 
def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    raise NotImplementedError("TODO")
