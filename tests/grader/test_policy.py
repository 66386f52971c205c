"""A right `Policy` of any form is seen to train, whatever the secret."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from autograder.authoring import loading
from autograder.engine.judge import Answer
from autograder.tasks import gflownet_em
from autograder.tasks.gflownet_em import policy

RIGHT = Path(__file__).parents[1] / "answers" / "gflownet-em" / "right"
PROBES = {"plain": np.asarray}
exec(loading.probes(gflownet_em.INSIDE / "probes.py"), PROBES)


@pytest.mark.slow  # tests/golden has the verdicts on these models
@pytest.mark.parametrize("form", ["learned_centres", "quadratic_features", "bounded_heads"])
def test_each_output_loses_far_more_of_its_error_than_it_has_to(form):
    """Models of a fixed form, and with large factors: trained together, their outputs hinder each other."""
    names = {"tf": tf, "np": np, "keras": keras}
    exec((RIGHT / f"policy__{form}.py").read_text(), names)
    for seed in range(8):
        keras.utils.set_random_seed(seed)
        for question in policy.policy_questions(np.random.default_rng(seed)).values():
            reply = PROBES["policy"](names, *question.arguments)
            lost = policy.error_lost(question, Answer("answer", reply))
            assert min(lost.values()) > 3 * policy.LEARNED, lost
