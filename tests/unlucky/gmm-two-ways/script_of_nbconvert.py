# unlucky: Cells were pasted back from a script that nbconvert and Jupytext had made of the notebook.
# expect: full
# %% before mixture_likelihood
#!/usr/bin/env python
# coding: utf-8
# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:light
#     text_representation: {extension: .py, format_name: light}
#   kernelspec: {display_name: Python 3, name: python3}
# ---

# # My solution
#
# ## Likelihood

# In[1]:


get_ipython().run_line_magic('load_ext', 'autoreload')
get_ipython().run_line_magic('autoreload', '2')
get_ipython().run_line_magic('matplotlib', 'inline')
get_ipython().system('pip install -q tqdm')
get_ipython().system(' nvidia-smi')
here = get_ipython().getoutput('pwd')
get_ipython().run_line_magic('pinfo', 'tf.reduce_logsumexp')


# In[2]:


HALF_LOG_2PI = 0.5 * np.log(2 * np.pi)
# %% cell mixture_likelihood
#| label: likelihood
#| echo: false
# + tags=["answer"]
# In[3]:


get_ipython().run_line_magic('timeit', '-n 1 -r 1 np.zeros(3)')
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    log_normal = -0.5 * tf.square((x - means) * tf.exp(-lsigmas)) - lsigmas - HALF_LOG_2PI
    return tf.reduce_logsumexp(tf.nn.log_softmax(logits) + log_normal, axis=1, keepdims=True)
# -
# %% cell mstep
# In[9]:


get_ipython().run_cell_magic('time', '', 'def mstep(x, posterior):\n    x, posterior = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)\n    counts = tf.reduce_sum(posterior, axis=0) + 1e-30\n    means = tf.reduce_sum(posterior * x, axis=0) / counts\n    variances = tf.reduce_sum(posterior * (x - means) ** 2, axis=0) / counts\n    return tf.math.log(counts), means, 0.5 * tf.math.log(variances + 1e-12)\n')


# In[ ]:




# %% after mstep
get_ipython().run_cell_magic('script', 'false --no-raise-error', 'def mstep(x, posterior):\n    return None\n')
get_ipython().run_cell_magic('html', '', '<b>M step</b>\n')
