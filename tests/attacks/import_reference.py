# attack: the reference is imported, or found on the disk and run
# outcome: mstep error
# %% cell mixture_likelihood
import importlib
import os
import sys

found = {}
for name in ("gmm_tf", "gmm_tf.mixture", "autograder.oracle", "autograder.jailed.gmm_two_ways_stand_ins"):
    try:
        found.update(vars(importlib.import_module(name)))
    except Exception:
        pass
for root in ("/", sys.prefix, sys.base_prefix, "/grader", "/usr/share", os.getcwd()):
    for name in ("gmm_two_ways_stand_ins.py", "oracle.py", "mixture.py"):
        for folder in ("", "autograder", "autograder/jailed", "gmm_tf", "solutions", "site-packages/autograder"):
            try:
                with open(os.path.join(root, folder, name)) as file:
                    exec(file.read(), found)
            except Exception:
                pass


def mixture_likelihood(x, logits, means, lsigmas):
    return found["mixture_likelihood"](x, logits, means, lsigmas)

# %% cell mixture_posterior_logits
def mixture_posterior_logits(x, logits, means, lsigmas):
    return found["mixture_posterior_logits"](x, logits, means, lsigmas)

# %% cell mstep
def mstep(x, posterior):
    return found["mstep"](x, posterior)
