"""The automatic tasks of `gmm-two-ways`: questions, judgement, known mistakes."""

from functools import partial
from importlib import resources

import numpy as np

from autograder.authoring.loading import declared_assignment, probes
from autograder.engine.syntax import pick
from autograder.tasks.gmm_two_ways import density, emgmm, gmm, loss, m_step, posterior, sampling, training
from autograder.tasks.gmm_two_ways.curves import curves
from autograder.tasks.gmm_two_ways.examples import EXAMPLES
from autograder.tasks.gmm_two_ways.inputs import draw
from autograder.tasks.gmm_two_ways.quantities import QUANTITIES, inputs


def preset() -> dict[str, np.ndarray]:
    """Names that given cells may need when a student's own code fails to make them."""
    rng = np.random.default_rng(0)
    parameters = (
        np.log([1 / 4, 1 / 4, 1 / 6, 1 / 6, 1 / 6]),
        np.array([1, -0.5, -2, 0.5, 3]),
        np.log([0.5, 1, 0.2, 0.1, 0.5]),
    )
    return {"training_inputs": draw(rng, parameters, 5000)}


INSIDE = resources.files(__name__) / "inside"
RIGHT = (INSIDE / "stand_ins.py").read_text("utf-8")
# In the order of the notebook.
TASKS = (
    sampling.make_data,
    density.mixture_likelihood,
    gmm.gmm_model,
    loss.loss,
    training.train,
    posterior.mixture_posterior_logits,
    m_step.mstep,
    emgmm.emgmm_model,
)
ASSIGNMENT = declared_assignment(
    "gmm-two-ways", TASKS, EXAMPLES, preset=preset, probes=probes(INSIDE / "probes.py"),
    stand_ins=partial(pick, RIGHT), quantities=QUANTITIES, inputs=inputs, curves=curves,
)  # fmt: skip
