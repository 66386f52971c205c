# unlucky: Wrong first versions stand below the right answers, switched off by magics that never run a cell.
# expect: full
# %% after mstep
%%script false --no-raise-error
def mstep(x, posterior):
    return tf.reduce_mean(posterior, axis=0), tf.reduce_mean(posterior * x, axis=0), tf.ones(posterior.shape[1])
# %% after loss
%%html
<style>.output { max-height: 20em; }</style>
# %% after train
%%javascript
def train(model, optimizer, inputs, steps) { /* never mind */ }
# %% after make_data
%%latex
\begin{align} x &= \mu_z + \sigma_z \varepsilon \end{align}
# %% after mixture_posterior_logits
%%bash
mixture_posterior_logits=1
echo $mixture_posterior_logits
