# unlucky: At the end the notebook frees memory: data, starts and means are deleted.
# expect: full
# %% last
import gc
del data, starts, TRUE_MEANS, TORN_MEANS
%xdel plane
gc.collect()
