# unlucky: Types of two answers are checked by a package that only the student has.
# expect: component_means 0-5
# expect: sample_data 0-5
# explain: beartype
# %% first
%pip install -q beartype jaxtyping
from beartype import beartype as typed
from jaxtyping import Float
# %% top component_means
@typed
# %% top sample_data
@typed
