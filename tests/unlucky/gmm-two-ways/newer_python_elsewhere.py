# unlucky: Cells of experiments are written in a Python that is newer than the grader's; no answer needs them.
# expect: full
# %% top mstep
from itertools import batched
from typing import ReadOnly, override
# %% after mstep
type Table = dict[str, np.ndarray]
for name, values in {"means": [1, 2]}.items():
    print(f"{name}: {", ".join(str(value) for value in values)}")
# %% after loss
try:
    loss(None, training_inputs)
except TypeError, AttributeError:
    print(t"{training_inputs.shape}")
