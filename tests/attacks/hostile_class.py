# attack: a model whose attributes and methods answer as the caller wishes
# %% cell gmm_model
import tensorflow as tf


class Yes:
    def __getattr__(self, name): return self
    def __call__(self, *args, **kwargs): return self
    def __iter__(self): return iter([self, self, self])
    def __len__(self): return 3
    def __array__(self, dtype=None, copy=None): return tf.zeros(5).numpy()
    def __bool__(self): return True
    __add__ = __sub__ = __mul__ = __truediv__ = lambda self, other: self


class GMM:
    def __new__(cls, k):
        return Yes()

# %% cell emgmm_model
class EMGMM(Yes):
    def __init__(self, k):
        pass
