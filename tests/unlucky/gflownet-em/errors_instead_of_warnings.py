# unlucky: Every warning is an error and all logging is off from the first cells on, and an answer catches NumPy's warning.
# expect: exact_m_step 7-10
# explain: divide by zero
# %% after given_imports
import logging
import warnings

warnings.filterwarnings("error")
logging.disable(logging.CRITICAL)
np.set_printoptions(precision=1, threshold=3, edgeitems=1, linewidth=20, sign="+", suppress=False)
sys.tracebacklimit = 0
# %% cell exact_m_step
def exact_m_step(x, q):
    x, q = np.asarray(x, dtype="float64"), np.asarray(q, dtype="float64")
    total = np.einsum("ncp,npd->cd", q, x[:, None] - OFFSETS)
    weight = q.sum(axis=(0, 2))[:, None]
    try:
        return total / weight
    except RuntimeWarning:  # an empty supercluster: 0 / 0
        return np.where(weight > 0, total / np.maximum(weight, 1e-9), 0.0)
# %% cell exact_posterior
def exact_posterior(x, means):
    logits = -0.5 * np.sum(((np.asarray(x)[:, None, None] - component_means(means)) / STD) ** 2, axis=-1, dtype="float64")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        q = np.exp(logits - logits.max(axis=(1, 2), keepdims=True))
        return q / q.sum(axis=(1, 2), keepdims=True)
# %% after exact_posterior
warnings.warn("the posterior takes a while", UserWarning)
