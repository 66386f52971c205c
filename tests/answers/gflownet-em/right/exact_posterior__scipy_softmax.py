# style: scipy softmax over two axes
def exact_posterior(x, means):
    from scipy.special import softmax
    d = x[:, None, None] - component_means(means)
    return softmax(-((np.asarray(d) / STD) ** 2).sum(-1) / 2, axis=(1, 2))
