# unlucky: The loop is not compiled, and shows bars of tqdm.notebook and a plot in every iteration.
# expect: full
# %% before gfn_em
from tqdm.notebook import tqdm, trange
from IPython.display import clear_output
# %% cell gfn_em
def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    means = np.array(init_means)
    C, P, N = len(means), len(OFFSETS), len(x)
    policy = Policy(C, P)
    opt = tf.keras.optimizers.Adam(learning_rate)
    history = []
    for it in trange(iterations, desc="EM"):
        squared = ((x[:, None, None] - component_means(means)) ** 2).numpy() if tf.is_tensor(component_means(means)) else (
            x[:, None, None] - component_means(means)) ** 2
        log_reward_table = np.float32(-squared.sum(-1) / (2 * STD**2) - np.log(2 * np.pi * STD**2 * C * P))
        for step in range(steps):
            with tf.GradientTape() as tape:
                logits_i, _, log_z = policy(x, np.zeros((N, C), dtype="float32"))
                p_i = 0.9 * tf.nn.softmax(logits_i).numpy() + 0.1 / C
                i = (p_i.cumsum(1) < np.random.rand(N, 1)).sum(1).clip(0, C - 1)
                _, logits_j, _ = policy(x, np.eye(C, dtype="float32")[i])
                p_j = 0.9 * tf.nn.softmax(logits_j).numpy() + 0.1 / P
                j = (p_j.cumsum(1) < np.random.rand(N, 1)).sum(1).clip(0, P - 1)
                log_pf = (tf.gather(tf.nn.log_softmax(logits_i), i, batch_dims=1)
                          + tf.gather(tf.nn.log_softmax(logits_j), j, batch_dims=1))
                value = trajectory_balance_loss(log_z, log_pf, log_reward_table[np.arange(N), i, j])
            opt.apply_gradients(zip(tape.gradient(value, policy.trainable_variables), policy.trainable_variables))
        history.append(float(value))
        i, j = (np.asarray(v) for v in sample_posterior(policy, x))
        q = np.zeros((N, C, P), dtype="float32")
        q[np.arange(N), i, j] = 1
        new = np.asarray(exact_m_step(x, q))
        means = np.where(np.bincount(i, minlength=C)[:, None] > 0, new, means).astype("float32")
        clear_output(wait=True)
        plt.plot(history)
        plt.title(f"iteration {it}")
        plt.show()
        plt.close("all")
    return means
