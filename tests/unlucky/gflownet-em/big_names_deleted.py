# unlucky: At the end the notebook frees memory: data, starts and means are deleted.
# expect: full
# %% last
import gc
del TRUE_MEANS, TORN_MEANS, data
%xdel plane
gc.collect()
