# style: Gumbel-max trick and a one-hot mask over all (N, K) normal draws
def make_data(N, logits, means, lsigmas):
    K = len(logits)
    g = -np.log(-np.log(np.random.uniform(1e-12, 1.0, size=(N, K))))
    z = np.argmax(np.asarray(logits)[None, :] + g, axis=1)
    onehot = np.eye(K)[z]
    allx = np.asarray(means)[None, :] + np.exp(np.asarray(lsigmas))[None, :] * np.random.randn(N, K)
    return np.sum(onehot * allx, axis=1, keepdims=True)
