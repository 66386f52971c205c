# unlucky: MATLAB habits: the notebook begins by clearing everything, and ends by clearing and quitting.
# expect: full
# %% first
%reset -f
%clear
import gc
gc.collect()
# %% last
model.save("gmm.keras")
tf.keras.backend.clear_session()
del model, optimizer
gc.collect()
# %% last
%reset -f
# %% last
exit()
# %% last
import sys
sys.exit("The end.")
