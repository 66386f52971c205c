"""Callbacks that show a run: what they write is what the result holds."""

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util

from gmm_tf import HierarchicalMixture, e_steps, gflownet_em, tree_em, watch
from gmm_tf.data import TRUE_MEANS

X = HierarchicalMixture().sample(200, TRUE_MEANS, seed=0)
SHORT = {"steps": 2, "first_steps": 5, "final_steps": 1, "samples": 1, "anneal": None}


def series(folder, name):
    """Steps and values of a scalar in the event files of a folder."""
    events = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    events.Reload()
    written = events.Tensors(name)
    return [event.step for event in written], [
        float(tensor_util.make_ndarray(event.tensor_proto)) for event in written
    ]


@pytest.mark.usefixtures("uncompiled")
@pytest.mark.filterwarnings("ignore:The policy misses")
def test_tensorboard_has_the_numbers_of_the_result(tmp_path):
    result = gflownet_em(X, X[:4], 3, callback=watch.tensorboard(tmp_path), **SHORT)
    steps, objective = series(tmp_path, "objective")
    assert steps == [1, 2, 3]
    np.testing.assert_allclose(objective, result.objective, rtol=1e-6)
    np.testing.assert_allclose(series(tmp_path, "log_likelihood")[1], result.log_likelihoods[:3], rtol=1e-6)
    steps, losses = series(tmp_path, "loss")
    assert steps == list(range(9))
    np.testing.assert_allclose(losses, np.concatenate(result.losses[:3]), rtol=1e-6)
    np.testing.assert_allclose(series(tmp_path, "means/2/1")[1], result.path[:3, 2, 1], rtol=1e-6)


@pytest.mark.usefixtures("uncompiled")
@pytest.mark.filterwarnings("ignore:The policy misses")
def test_losses_of_a_resumed_run_are_numbered_on(tmp_path):
    states = []
    gflownet_em(X, X[:4], 3, callback=states.append, **SHORT)
    watch.tensorboard(tmp_path)(states[2])  # as a new process does that resumes after two iterations
    assert series(tmp_path, "loss")[0] == [7, 8]  # after 5 and 2 steps


def test_the_bar_counts_iterations_and_ends_its_line(capsys):
    result = tree_em(X, X[:4], e_steps.Exact(), 4, callback=watch.progress_bar(4))
    shown = capsys.readouterr().out
    assert "4/4" in shown and shown.endswith("\n")
    assert f"{result.objective[-1]:.4f}" in shown


def test_any_of_several_callbacks_ends_the_run():
    seen = []
    both = watch.each(lambda state: state.iteration == 2, lambda state: seen.append(state.iteration))
    assert len(tree_em(X, X[:4], e_steps.Exact(), 9, callback=both).objective) == 2
    assert seen == [1, 2]


def test_no_iterations_are_refused():
    with pytest.raises(ValueError, match="iterations"):
        watch.progress_bar(0)
