# unlucky: A cell copied from a script imports get_ipython, which is None outside of IPython; magics come after it.
# expect: full
# %% first
from IPython import get_ipython
from IPython.display import Markdown, clear_output, display

get_ipython().run_line_magic("matplotlib", "inline")
get_ipython().run_line_magic("config", "InlineBackend.figure_format = 'retina'")
FLOOR = 1e-12
# %% top mixture_posterior_logits
%config InlineBackend.print_figure_kwargs = {"bbox_inches": None}
# %% cell mstep
%precision 4
def mstep(x, posterior):
    x, posterior = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    counts = tf.reduce_sum(posterior, axis=0) + FLOOR
    means = tf.reduce_sum(posterior * x, axis=0) / counts
    variances = tf.reduce_sum(posterior * (x - means) ** 2, axis=0) / counts
    return tf.math.log(counts / tf.reduce_sum(counts)), means, 0.5 * tf.math.log(variances + FLOOR)
# %% after mstep
display(Markdown("**M step** written"))
clear_output(wait=True)
