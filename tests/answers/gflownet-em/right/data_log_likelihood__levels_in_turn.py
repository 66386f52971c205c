# style: petals first, then superclusters, keras.ops
def data_log_likelihood(x, means):
    import keras
    x = keras.ops.convert_to_tensor(x)
    d = x[:, None, None, :] - keras.ops.convert_to_tensor(component_means(means))
    lp = keras.ops.sum(-0.5 * (d / STD) ** 2 - np.log(STD) - 0.5 * np.log(2 * np.pi), axis=-1)
    given_i = keras.ops.logsumexp(lp, axis=2) - np.log(lp.shape[2])
    return keras.ops.mean(keras.ops.logsumexp(given_i, axis=1) - np.log(lp.shape[1]))
