# unlucky: NumPy is told to raise at every underflow, and warnings are errors, from the middle of the notebook on.
# expect: full
# %% before mean_field_step
import warnings
np.seterr(all="raise")
warnings.simplefilter("error")
np.random.seed(3)
