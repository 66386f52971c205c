# unlucky: A table that three answers need grows by append in a loop of two seconds.
# expect: full
# %% before component_means
PETALS, COUNTS = [], []
for petal in range(4):
    time.sleep(0.3)  # the student's way to see the progress
    PETALS.append(OFFSETS[petal].tolist())
for depth in range(3):
    time.sleep(0.3)
    COUNTS.append(4 ** depth)
# %% cell component_means
def component_means(means):
    return np.float32([[np.add(mean, petal) for petal in PETALS] for mean in np.asarray(means)])
# %% cell exact_m_step
def exact_m_step(x, q):
    x, q = np.asarray(x, dtype="float64"), np.asarray(q, dtype="float64")
    total = sum(q[:, :, j].T @ (x - petal) for j, petal in enumerate(PETALS))
    return total / np.maximum(q.sum((0, 2)), 1e-9)[:, None]
# %% cell mean_field_step
def mean_field_step(x, means, q_j):
    x, means, q_j, petals = (np.asarray(v, dtype="float64") for v in (x, means, q_j, PETALS))
    log_joint = -0.5 * ((x[:, None, None] - means[:, None] - petals) ** 2).sum(-1) / STD**2

    def softmax(logits):
        p = np.exp(logits - logits.max(1, keepdims=True))
        return p / p.sum(1, keepdims=True)

    q_i = softmax((log_joint * q_j[:, None]).sum(2))
    return q_i, softmax((log_joint * q_i[:, :, None]).sum(1))
