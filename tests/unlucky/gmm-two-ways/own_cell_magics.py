# unlucky: The student wrote two cell magics: one times a cell, one skips it.
# expect: full
# %% before mixture_likelihood
import time
from IPython.core.magic import register_cell_magic


@register_cell_magic
def timed(line, cell):
    began = time.perf_counter()
    get_ipython().run_cell(cell)
    print(f"{line}: {time.perf_counter() - began:.3f} s")


@register_cell_magic
def skip(line, cell):
    return
# %% top mixture_likelihood
%%timed likelihood
# %% after mixture_likelihood
%%skip
def mixture_likelihood(x, logits, means, lsigmas):  # my first version, which underflows
    return tf.math.log(tf.reduce_sum(tf.nn.softmax(logits) * tf.exp(-0.5 * (x - means) ** 2), axis=1, keepdims=True))
