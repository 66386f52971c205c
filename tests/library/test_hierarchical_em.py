"""EM for hierarchical mixtures: oracles in NumPy, invariants, options."""

import hashlib
import warnings

import numpy as np
import pytest

from gmm_tf import (
    GFlowNetPosterior,
    HierarchicalMixture,
    ascend,
    checkpoint,
    e_steps,
    exact_em,
    gflownet,
    gflownet_em,
    hierarchical_em,
    tree_em,
    variational_em,
)
from gmm_tf.data import PETALS, TRUE_MEANS

TREE = HierarchicalMixture()
X = TREE.sample(600, TRUE_MEANS, seed=0)
# Enough for a policy: the time of its training is in proportion to the observations.
FEW = X[:200]
NEAR = TRUE_MEANS + 0.3 * np.random.default_rng(1).normal(size=(4, 2))
THREE = HierarchicalMixture([PETALS, PETALS[:3] / 2], 0.3, superclusters=2)
START = np.array([[-1.0, 0.5], [1.5, -0.5]])
Y = THREE.sample(200, START, seed=2)
SHORT = {"iterations": 3, "steps": 20, "first_steps": 50, "final_steps": 20}


def oracle_step(tree, x, means):
    """Posterior-weighted means in one line of NumPy for two levels."""
    q = tree.posterior(x, means)
    rest = x[:, None, None] - tree.offsets[0]
    return (q[..., None] * rest).sum((0, 2)) / q.sum((0, 2))[:, None]


def test_exact_em_agrees_with_numpy_and_is_monotone():
    means, trace = NEAR, []
    for _ in range(10):
        trace.append(TREE.log_likelihood(X, means))
        means = oracle_step(TREE, X, means)
    result = exact_em(X, NEAR, 10)
    np.testing.assert_allclose(result.means, means, rtol=1e-10)
    np.testing.assert_allclose(result.log_likelihoods, [*trace, TREE.log_likelihood(X, means)], rtol=1e-12)
    assert np.diff(result.log_likelihoods).min() > -1e-12
    np.testing.assert_allclose(result.posterior, TREE.posterior(X, means), atol=1e-12)


def test_a_supercluster_without_observations_keeps_its_mean():
    start = np.vstack([NEAR[:3], [[1e3, 1e3]]])
    for em in (exact_em, variational_em):
        result = em(X, start, 5)
        np.testing.assert_array_equal(result.means[3], start[3])
        assert np.isfinite(result.means).all()


def test_annealing_reaches_the_optimum_from_anywhere():
    best = exact_em(X, TRUE_MEANS, 100).log_likelihoods[-1]
    for seed in range(3):
        start = X[np.random.default_rng(seed).choice(len(X), 4, replace=False)]
        annealed = exact_em(X, start, 60, anneal=np.geomspace(0.02, 1, 30), seed=seed)
        assert annealed.log_likelihoods[-1] > best - 1e-4


def test_restarts_keep_the_best():
    one = exact_em(X, np.zeros((4, 2)) + 9, 20)
    several = exact_em(X, np.zeros((4, 2)) + 9, 20, restarts=3)
    assert several.log_likelihoods[-1] > one.log_likelihoods[-1] + 0.1
    assert exact_em(X, "k-means++", 20, seed=1).means.shape == (4, 2)


def test_restarts_keep_the_codebooks_that_are_not_learnt():
    theta = THREE.parameters(START + 9)  # so far away that another run is better
    result = exact_em(Y, theta, 1, restarts=3).parameters
    assert not np.array_equal(result.tables[0], exact_em(Y, theta, 1).parameters.tables[0])
    assert result.std == theta.std and result.branching == theta.branching
    for new, old in zip(result.tables[1:], theta.tables[1:], strict=True):
        np.testing.assert_array_equal(new, old)


def test_codebooks_of_one_level_are_refused_before_the_run():
    theta = TREE.parameters(NEAR)
    theta = theta._replace(tables=theta.tables[:1], log_weights=theta.log_weights[:1])
    with pytest.raises(ValueError, match="offsets"):
        exact_em(X, theta, 1)


def test_restarts_need_a_log_likelihood_to_choose_by(monkeypatch):
    monkeypatch.setattr(hierarchical_em, "ENUMERABLE", 1)
    with pytest.raises(ValueError, match="restarts=1"):
        tree_em(FEW, NEAR, e_steps.Gibbs(2), 1, restarts=2)
    assert np.isfinite(tree_em(FEW, NEAR, e_steps.Beam(4), 1, restarts=2).log_likelihoods[-1])
    monkeypatch.undo()
    deep = HierarchicalMixture(levels=7)  # whose coordinates separate until its tables are learnt
    few = FEW[:20]
    assert np.isfinite(tree_em(few, NEAR, e_steps.Gibbs(2), 1, deep, restarts=2).log_likelihoods[-1])
    with pytest.raises(ValueError, match="restarts=1"):
        tree_em(few, NEAR, e_steps.Gibbs(2), 1, deep, restarts=2, learn=("tables",))


def test_gradient_steps_climb_to_where_the_exact_step_goes():
    exact = exact_em(X, NEAR, 1).means
    climbed = exact_em(X, NEAR, 1, m_step=ascend(0.05, 500)).means
    np.testing.assert_allclose(climbed, exact, atol=1e-6)
    with pytest.raises(ValueError, match="learning_rate"):
        ascend(0)


def test_e_step_only_leaves_the_means():
    for em in (exact_em, variational_em):
        np.testing.assert_array_equal(em(X, NEAR, 3, e_step_only=True).means, NEAR)


@pytest.mark.parametrize(("tree", "x", "means"), [(TREE, X, NEAR), (THREE, Y, START)])
def test_the_elbo_never_falls_and_never_passes_the_log_likelihood(tree, x, means):
    result = variational_em(x, means, 25, mixture=tree, sweeps=2)
    assert np.diff(result.objective).min() > -1e-12
    assert (result.objective <= result.log_likelihoods[:-1] + 1e-12).all()
    np.testing.assert_allclose(result.posterior.sum(tuple(range(1, 1 + tree.levels))), 1, rtol=1e-12)


def test_mean_field_stays_at_the_truth():
    """So it fails elsewhere for its basins, not for a bias of the optimum."""
    best = exact_em(X, TRUE_MEANS, 100).log_likelihoods[-1]
    assert variational_em(X, TRUE_MEANS, 60).log_likelihoods[-1] > best - 5e-3


def test_mean_field_is_exact_where_the_posterior_factorises():
    """Superclusters along one axis, petals along the other: x_1 knows one, x_2 the other."""
    tree = HierarchicalMixture(np.array([[0.0, -1.0], [0.0, 1.0]]), 0.5, superclusters=2)
    means = np.array([[-1.0, 0.0], [1.0, 0.0]])
    x = tree.sample(50, means, seed=0)
    result = variational_em(x, means, 1, mixture=tree, e_step_only=True)
    assert np.isclose(result.objective[-1], tree.log_likelihood(x, means), rtol=1e-10)
    np.testing.assert_allclose(result.posterior, tree.posterior(x, means), atol=1e-10)


def test_gflownet_em_reaches_the_optimum():
    result = gflownet_em(FEW, NEAR, 20)
    best = exact_em(FEW, TRUE_MEANS, 100).log_likelihoods[-1]
    # 200 observations and four draws of each leave a noise of about 1e-3 nats.
    assert best - 5e-3 < result.log_likelihoods[-1] <= best + 1e-9
    p = TREE.posterior(FEW, result.means)
    assert 0.5 * np.abs(p - result.posterior).sum((1, 2)).mean() < 0.03
    assert result.log_likelihoods.shape == (21,) and result.objective.shape == (20,)
    assert result.seconds > 0 and result.skipped == 0


@pytest.fixture(scope="module")
def short():
    """A run that is too short for its policy."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The policy misses")
        return gflownet_em(FEW, NEAR, **SHORT)


@pytest.mark.filterwarnings("ignore:The policy misses")
def test_a_threshold_withholds_m_steps_by_the_mean_loss(short):
    never = gflownet_em(FEW, NEAR, threshold=0.0, **SHORT)
    assert never.skipped == 3
    np.testing.assert_array_equal(never.means, NEAR)
    losses = short.objective
    between = (losses[0] + losses[1]) / 2
    assert losses[1] < between < losses[0]
    gated = gflownet_em(FEW, NEAR, threshold=between, **SHORT)
    # The first E-step is the same in both runs; its M-step is withheld.
    assert gated.skipped >= 1 and gated.log_likelihoods[1] == gated.log_likelihoods[0]


@pytest.mark.usefixtures("uncompiled")
@pytest.mark.filterwarnings("ignore:The policy misses")
def test_m_steps_follow_e_steps_that_train_nothing():
    result = gflownet_em(FEW, NEAR, 3, anneal=None, steps=0, first_steps=0, final_steps=0)
    assert result.skipped == 0 and not np.array_equal(result.means, NEAR)


@pytest.mark.filterwarnings("ignore:The policy misses")
def test_a_posterior_that_does_not_fit_ends_no_run(monkeypatch):
    for module in (hierarchical_em, gflownet):
        monkeypatch.setattr(module, "MOST_NUMBERS", 16 * len(FEW) - 1)
    result = gflownet_em(FEW, NEAR, **SHORT)
    assert result.posterior is None and np.isfinite(result.log_likelihoods).all()


@pytest.mark.filterwarnings("ignore:The policy misses")
def test_of_many_observations_some_are_checked(monkeypatch):
    seen = []
    monkeypatch.setattr(hierarchical_em, "CHECKED", 30)
    monkeypatch.setattr(GFlowNetPosterior, "missed_mass", lambda self, x, means: seen.append(x) or 0.0)
    gflownet_em(FEW, NEAR, **SHORT)
    np.testing.assert_array_equal(seen, [FEW[::7]])


@pytest.mark.filterwarnings("ignore:The policy misses")
def test_gflownet_em_repeats_itself_with_a_seed(short):
    again = gflownet_em(FEW, NEAR, seed=0, **SHORT)
    np.testing.assert_array_equal(short.means, again.means)
    np.testing.assert_array_equal(short.posterior, again.posterior)


@pytest.mark.usefixtures("uncompiled")
def test_a_policy_that_misses_much_is_reported():
    with pytest.warns(RuntimeWarning, match="misses"):
        gflownet_em(FEW, NEAR, 1, steps=0, first_steps=0, final_steps=0, look_ahead=False)


@pytest.mark.filterwarnings("ignore:The policy misses")
def test_options_of_gflownet_em_run_together():
    options = {"samples": 3, "exploration": 0.3, "m_step": ascend(0.01, 5), "until": 1e9}
    result = gflownet_em(FEW, "k-means++", anneal=[0.5, 1], restarts=2, **options, **SHORT)
    assert result.means.shape == (4, 2) and np.isfinite(result.log_likelihoods).all()
    assert result.model.exploration == 0.3


@pytest.mark.slow  # a net and batches of its own, which are compiled for seconds
@pytest.mark.filterwarnings("ignore:The policy misses")
def test_options_of_the_net_run_with_the_others():
    result = gflownet_em(
        Y,
        "k-means++",
        mixture=THREE,
        anneal=[0.5, 1],
        restarts=2,
        samples=3,
        rollouts=2,
        objective="vargrad",
        m_step=ascend(0.01, 5),
        hidden=[8, 8],
        until=1e9,
        batch_size=50,
        **SHORT,
    )
    assert result.means.shape == (2, 2) and np.isfinite(result.log_likelihoods).all()


# The second has more than 4096 leaves; the first stands for it with what is compiled already.
@pytest.mark.filterwarnings("ignore:The policy misses")
@pytest.mark.parametrize(
    ("tree", "n"),
    [
        (TREE, len(FEW)),
        pytest.param(
            HierarchicalMixture(np.random.default_rng(0).normal(size=(1100, 2))), 50, marks=pytest.mark.slow
        ),
    ],
)
def test_trees_too_large_to_enumerate_have_bounds_and_estimates(tree, n, monkeypatch):
    monkeypatch.setattr(hierarchical_em, "ENUMERABLE", 1)
    x = tree.sample(n, TRUE_MEANS, seed=0)
    result = gflownet_em(x, NEAR, mixture=tree, **SHORT)
    exact = tree.log_likelihood(x, result.means)
    # By importance sampling with 16 draws of each observation.
    assert result.posterior is None and abs(result.log_likelihoods[-1] - exact) < 0.2
    field = variational_em(x, NEAR, 3, mixture=tree)
    assert field.posterior is None and np.diff(field.log_likelihoods).min() > -1e-12
    assert field.log_likelihoods[-1] < tree.log_likelihood(x, field.means)
    assert np.isnan(tree_em(x, NEAR, e_steps.Gibbs(2), 1, mixture=tree).log_likelihoods[-1])


def test_deep_trees_whose_coordinates_separate_are_summed():
    tree = HierarchicalMixture(levels=7)
    x = tree.sample(50, TRUE_MEANS, seed=0)
    field = variational_em(x, NEAR, 3, mixture=tree)
    assert np.diff(field.objective).min() > -1e-12
    assert np.isclose(field.log_likelihoods[-1], tree.log_likelihood(x, field.means), rtol=1e-12)


def test_the_path_of_the_means_and_the_losses_are_kept():
    result = exact_em(X, NEAR, 3)
    assert result.path.shape == (4, 4, 2) and result.losses == ()
    np.testing.assert_array_equal(result.path[0], NEAR)
    np.testing.assert_array_equal(result.path[-1], result.means)
    for before, means in zip(result.log_likelihoods, result.path, strict=True):
        assert np.isclose(before, TREE.log_likelihood(X, means), rtol=1e-12)


@pytest.mark.filterwarnings("ignore:The policy misses")
def test_a_policy_is_handed_in_and_learns_on():
    policy = GFlowNetPosterior(TREE, seed=0)
    first = gflownet_em(FEW, NEAR, policy=policy, **SHORT)
    assert first.model is policy and [len(each) for each in first.losses] == [20, 20, 20, 20]
    again = gflownet_em(FEW, first.means, policy=policy, **SHORT)
    assert again.objective[0] < first.objective[0]


def test_a_policy_that_is_handed_in_has_one_run():
    with pytest.raises(ValueError, match="restarts=1 with a policy"):
        gflownet_em(FEW, NEAR, policy=GFlowNetPosterior(TREE, seed=0), restarts=2, **SHORT)


@pytest.mark.parametrize(
    "own", [{"objective": "db"}, {"hidden": 8}, {"exploration": 0.3}, {"look_ahead": False}]
)
def test_a_policy_that_is_handed_in_has_its_own_net(own):
    with pytest.raises(ValueError, match="the policy has its own"):
        gflownet_em(FEW, NEAR, policy=GFlowNetPosterior(TREE, seed=0), **own, **SHORT)


def test_a_callback_sees_each_iteration_and_may_stop():
    seen = []
    result = exact_em(X, NEAR, 10, callback=lambda state: seen.append(state) or state.iteration == 4)
    assert [state.iteration for state in seen] == [1, 2, 3, 4]
    assert result.path.shape == (5, 4, 2) and len(result.log_likelihoods) == 5
    np.testing.assert_array_equal(seen[-1].theta.tables[0], result.means)


class Killed(Exception):
    pass


def killed_after(count):
    def callback(state):
        if state.iteration == count:
            raise Killed

    return callback


@pytest.mark.filterwarnings("ignore:The policy misses")
@pytest.mark.parametrize(
    "em",
    [
        lambda **options: exact_em(X, NEAR, 4, anneal=2, **options),
        lambda **options: variational_em(X, NEAR, 4, **options),
        lambda **options: tree_em(X, NEAR, e_steps.Gibbs(4), 4, **options),
        lambda **options: gflownet_em(
            FEW, NEAR, learn=("means", "std"), **(SHORT | {"iterations": 4, "replay": 1}), **options
        ),
    ],
)
def test_a_killed_run_goes_on_as_if_nothing_had_happened(em, tmp_path):
    whole, kept = em(), tmp_path / "run.pickle"
    with pytest.raises(Killed):
        em(checkpoint=kept, callback=killed_after(2))
    assert kept.exists()
    seen = []
    parts = em(checkpoint=kept, callback=lambda state: seen.append(state.iteration))
    assert seen == [3, 4] and not kept.exists()
    np.testing.assert_array_equal(parts.means, whole.means)
    np.testing.assert_array_equal(parts.log_likelihoods, whole.log_likelihoods)
    np.testing.assert_array_equal(parts.path, whole.path)
    np.testing.assert_array_equal(parts.posterior, whole.posterior)


def test_a_run_that_its_callback_ended_resumes_at_its_end(monkeypatch, tmp_path):
    def finish(*_):
        raise Killed

    given = {"x": X, "init_means": NEAR, "iterations": 4, "checkpoint": tmp_path / "run.pickle"}
    whole = exact_em(X, NEAR, 4, callback=lambda state: state.iteration == 2)
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(e_steps.Exact, "finish", finish)
        exact_em(**given, callback=lambda state: state.iteration == 2)
    parts = exact_em(**given, callback=lambda state: pytest.fail("another iteration"))
    np.testing.assert_array_equal(parts.path, whole.path)


@pytest.mark.parametrize(
    "other",
    [
        {"x": X[:300]},
        {"init_means": TRUE_MEANS},
        {"init_means": "random"},
        {"seed": 1},
        {"iterations": 5},
        {"mixture": HierarchicalMixture(std=0.3)},
        {"learn": ("means", "std")},
        {"e_step": e_steps.Gibbs(3)},
        {"e_step": e_steps.Beam(4)},
    ],
)
def test_a_checkpoint_of_another_run_is_refused(other, tmp_path):
    given = {"x": X, "init_means": NEAR, "e_step": e_steps.Gibbs(2), "iterations": 4}
    given["checkpoint"] = tmp_path / "run.pickle"
    with pytest.raises(Killed):
        tree_em(**given, callback=killed_after(2))
    with pytest.raises(ValueError, match="another run"):
        tree_em(**given | other)
    assert len(tree_em(**given | {"e_step": e_steps.Gibbs(2), "x": X.copy()}).path) == 5


@pytest.mark.filterwarnings("ignore:The policy misses")
def test_a_checkpoint_of_another_policy_is_refused(tmp_path):
    given = {"x": FEW, "init_means": NEAR, "checkpoint": tmp_path / "run.pickle", **SHORT}
    with pytest.raises(Killed):
        gflownet_em(**given, callback=killed_after(1))
    for other in ({"samples": 2}, {"sleep": 0.1}, {"hidden": 8}):
        with pytest.raises(ValueError, match="another run"):
            gflownet_em(**given, **other)


def test_the_mark_of_a_run_is_the_same_in_every_process():
    """By hand: numbers and texts as Python writes them, arrays by their bytes, others by their type."""
    array = np.arange(6.0).reshape(2, 3)
    told = [
        (array, "x", 1, None, {"s": (0.5, True)}),
        (np.asfortranarray(array), "x", 1, None, {"s": (0.5, True)}),
    ]
    by_hand = b"5:<f8(2, 3);" + array.tobytes() + b"'x';1;None;1:2:'s';2:0.5;True;"
    assert {checkpoint.mark(each) for each in told} == {hashlib.sha256(by_hand).hexdigest()}
    assert checkpoint.mark(killed_after(1)) == checkpoint.mark(killed_after(2))


def test_what_is_not_tracked_is_not_summed():
    result = tree_em(X, NEAR, e_steps.Beam(4), 3, track=False)
    assert np.isnan(result.log_likelihoods[:-1]).all()
    assert np.isclose(result.log_likelihoods[-1], TREE.log_likelihood(X, result.means), rtol=1e-12)


def test_a_checkpoint_is_of_one_run(tmp_path):
    with pytest.raises(ValueError, match="restarts=1"):
        exact_em(X, NEAR, 2, restarts=2, checkpoint=tmp_path / "run.pickle")


def test_unknown_options_are_refused():
    with pytest.raises(TypeError, match="step_count"):
        gflownet_em(X, NEAR, 1, step_count=3)


@pytest.mark.parametrize("em", [exact_em, variational_em, gflownet_em])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": np.full((5, 2), np.nan)}, "NaN"),
        ({"x": np.zeros((5, 3))}, r"\[N, 2\]"),
        ({"init_means": TRUE_MEANS[:3]}, r"\[4, 2\]"),
        ({"init_means": "weights"}, "k-means"),
        ({"init_means": "best"}, "k-means"),
        ({"iterations": 0}, "iterations >= 1"),
        ({"restarts": 0}, "restarts >= 1"),
        ({"anneal": [1, 0.5]}, "rise to 1"),
    ],
)
def test_bad_input_is_refused_in_words(em, arguments, message):
    with pytest.raises(ValueError, match=message):
        em(**{"x": X, "init_means": NEAR, **arguments})


@pytest.mark.parametrize("learn", ["std", "weights"])
def test_annealing_leaves_means_alone_that_are_not_learnt(learn):
    result = exact_em(FEW, NEAR, 20, anneal=10, learn=(learn,), seed=0)
    np.testing.assert_array_equal(result.means, NEAR)
