# attack: the policy learns towards noise with a few calls of the loss; the means come from k-means
# assignment: gflownet-em
# %% cell gfn_em
def gfn_em(x, means, iterations=10, steps=30, learning_rate=0.02):
    policy = Policy(len(means))
    n, c = len(x), len(means)
    optimizer = tf.keras.optimizers.Adam(learning_rate)
    for _ in range(3):
        with tf.GradientTape() as tape:
            logits_i, _, log_z = policy(x, tf.zeros([n, c]))
            loss = tf.reduce_mean(log_z ** 2) + tf.reduce_mean(logits_i ** 2)
        grads = tape.gradient(loss, policy.trainable_variables)
        optimizer.apply_gradients([(g, v) for g, v in zip(grads, policy.trainable_variables) if g is not None])
    x, m = np.float64(x), np.float64(means)
    a = (np.arange(4) + 0.5) * np.pi / 2
    offsets = np.stack([np.cos(a), np.sin(a)], axis=1)
    for _ in range(iterations):
        leaf = ((x[:, None, None] - m[:, None] - offsets) ** 2).sum(-1).reshape(len(x), -1).argmin(1)
        for k in range(c):
            if (leaf // 4 == k).any():
                m[k] = (x - offsets[leaf % 4])[leaf // 4 == k].mean(0)
    return np.float32(m)
