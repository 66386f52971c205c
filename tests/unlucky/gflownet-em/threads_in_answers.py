# unlucky: Superclusters are computed in threads, since the student's laptop has sixteen cores.
# expect: full
# %% before exact_posterior
import os
from concurrent.futures import ThreadPoolExecutor
executor = ThreadPoolExecutor(max_workers=16, thread_name_prefix="leaf")
# %% cell exact_posterior
def exact_posterior(x, means):
    leaves = component_means(means)
    columns = executor.map(lambda leaf: -0.5 * np.sum(((np.asarray(x, dtype=float) - leaf) / STD) ** 2, axis=1),
                           np.asarray(leaves).reshape(-1, 2))
    joint = np.stack(list(columns), axis=1)
    joint = np.exp(joint - joint.max(axis=1, keepdims=True))
    return (joint / joint.sum(axis=1, keepdims=True)).reshape(len(x), len(means), -1)
# %% cell exact_m_step
def exact_m_step(x, q):
    x, q = np.asarray(x, dtype=float), np.asarray(q, dtype=float)
    means = np.zeros((q.shape[1], 2))

    def one(i):
        weight = max(q[:, i].sum(), 1e-9)
        means[i] = np.einsum("np,npd->d", q[:, i], x[:, None] - OFFSETS) / weight

    with ThreadPoolExecutor() as pool:
        list(pool.map(one, range(q.shape[1])))
    return means
