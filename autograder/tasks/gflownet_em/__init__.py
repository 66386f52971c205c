"""The automatic tasks of `gflownet-em`: questions, judgement, known mistakes."""

from functools import partial
from importlib import resources

import numpy as np

from autograder.authoring.loading import declared_assignment, probes
from autograder.authoring.precision import single
from autograder.engine.syntax import pick
from autograder.tasks.gflownet_em import (
    balance,
    gfn,
    leaves,
    likelihood,
    m_step,
    mean_field,
    policy,
    posterior,
    posterior_sampling,
    sampling,
)
from autograder.tasks.gflownet_em.curves import curves
from autograder.tasks.gflownet_em.examples import EXAMPLES
from autograder.tasks.gflownet_em.inputs import draw
from autograder.tasks.gflownet_em.quantities import QUANTITIES, inputs


def preset() -> dict[str, np.ndarray]:
    """Names that given cells may need when a student's own code fails to make them."""
    truth = single(np.sqrt(2) * np.array([[-1, -1], [1, 1], [1, -1], [-1, 1]]))
    return {"data": draw(np.random.default_rng(0), truth, 2000)}


INSIDE = resources.files(__name__) / "inside"
RIGHT = (INSIDE / "stand_ins.py").read_text("utf-8")
# In the order of the notebook.
TASKS = (
    sampling.sample_data,
    leaves.component_means,
    likelihood.data_log_likelihood,
    posterior.exact_posterior,
    m_step.exact_m_step,
    mean_field.mean_field_step,
    policy.policy,
    balance.trajectory_balance_loss,
    posterior_sampling.sample_posterior,
    gfn.gfn_em,
)
ASSIGNMENT = declared_assignment(
    "gflownet-em", TASKS, EXAMPLES, preset=preset, probes=probes(INSIDE / "probes.py"),
    stand_ins=partial(pick, RIGHT), quantities=QUANTITIES, inputs=inputs, curves=curves,
)  # fmt: skip
