import keras
from keras import ops
from tqdm.auto import tqdm

def data_log_likelihood(x, means):
    leaves = ops.reshape(component_means(means), (-1, 2))
    total = 0.0
    for start in tqdm(range(0, len(x), 512), disable=True):
        chunk = x[start:start + 512]
        sq = ops.sum(ops.square(ops.expand_dims(chunk, 1) - leaves), axis=-1)
        lp = ops.logsumexp(-sq / (2 * STD * STD), axis=-1)
        total += float(ops.sum(lp))
    return total / len(x) - np.log(2 * np.pi * STD * STD) - np.log(len(leaves))
