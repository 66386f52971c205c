# attack: source with characters that no file can hold
# %% cell mstep
def mstep(x, posterior):
    return "\0\ud800\u202e\x1b[2J"
<NUL>

# %% cell mixture_likelihood
def mixture_likelihood(x, logits, means, lsigmas): return 0.0 # <NUL> <LONE SURROGATE>
