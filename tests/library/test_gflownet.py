"""GFlowNet objectives and the policy against enumeration, finite differences and chi-square."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from gmm_tf import GFlowNetPosterior, HierarchicalMixture, gflownet, policy
from gmm_tf.data import TRUE_MEANS

RNG = np.random.default_rng(0)
TREE = HierarchicalMixture([RNG.normal(size=(3, 2)), RNG.normal(size=(2, 2))], 0.5, superclusters=2)
MEANS = RNG.normal(size=(2, 2))
X = TREE.sample(5, MEANS, seed=1)
LEAVES = np.array(list(itertools.product(*map(range, TREE.branching))))


def model(**arguments):
    """A policy with random weights, biases too."""
    made = GFlowNetPosterior(TREE, **{"hidden": [6, 5], "dtype": "float64", "seed": 1, **arguments})
    for weight in made.weights:
        weight.assign(np.random.default_rng(weight.shape[0]).normal(size=weight.shape))
    return made


def exact_flows(z):
    """(log_flow [L + 1, N], log_pf [L, N]) of the exact posterior along the path to a leaf z."""
    joint = np.log(TREE.posterior(X, MEANS)) + log_px()[:, None, None, None]
    inside, flows = joint, [log_px()]
    for branch in z:
        inside = inside[:, branch]
        flows.append(np.logaddexp.reduce(inside.reshape(len(X), -1), axis=1))
    flows = np.array(flows)
    return flows, flows[1:] - flows[:-1]


def log_px():
    return np.array([TREE.log_likelihood(x[None], MEANS) for x in X])


@pytest.mark.parametrize("z", [(0, 0, 0), (1, 2, 1)])
def test_residuals_vanish_at_the_exact_posterior(z):
    flow, log_pf = exact_flows(z)
    reward = TREE.log_joint(X, np.tile(z, [len(X), 1]), MEANS)
    np.testing.assert_allclose(flow[-1], reward, rtol=1e-10)
    for residual in (
        gflownet.trajectory_balance(flow[0], log_pf.sum(0), reward),
        gflownet.detailed_balance(flow, log_pf),
        gflownet.subtrajectory_balance(flow, log_pf),
    ):
        np.testing.assert_allclose(residual, 0, atol=1e-18)
    other = exact_flows((0, 1, 1))
    pfs = np.stack([log_pf.sum(0), other[1].sum(0)])
    rewards = np.stack([reward, other[0][-1]])
    np.testing.assert_allclose(gflownet.var_grad(pfs, rewards), 0, atol=1e-18)


def test_residuals_by_hand():
    flow, log_pf = np.array([[1.0], [2.0], [4.0]]), np.array([[-1.0], [-3.0]])
    # Steps: 1 - 1 - 2 = -2 and 2 - 3 - 4 = -5; the whole path: 1 - 4 - 4 = -7.
    assert gflownet.trajectory_balance(1.0, -4.0, 4.0) == 49
    np.testing.assert_allclose(gflownet.detailed_balance(flow, log_pf), [(4 + 25) / 2])
    np.testing.assert_allclose(gflownet.subtrajectory_balance(flow, log_pf), [(4 + 25 + 49) / 3])
    residuals = np.array([[3.0], [5.0]])
    np.testing.assert_allclose(gflownet.var_grad(residuals, np.zeros((2, 1))), [[1.0], [1.0]])


@pytest.mark.parametrize("objective", gflownet.OBJECTIVES)
def test_probabilities_of_all_leaves_sum_to_one_and_agree_with_log_prob(objective):
    posterior = model(objective=objective)
    q = posterior.probabilities(X).numpy()
    assert q.shape == (5, 2, 3, 2)
    np.testing.assert_allclose(q.sum((1, 2, 3)), 1, rtol=1e-12)
    log_q = posterior.log_prob(X, np.repeat(LEAVES[:, None], len(X), axis=1))
    np.testing.assert_allclose(np.exp(log_q), q.reshape(5, -1).T, rtol=1e-10)
    np.testing.assert_allclose(posterior.log_prob(X, np.tile(LEAVES[3], [5, 1])), log_q[3], rtol=1e-12)


def test_draws_have_the_frequencies_that_log_prob_says():
    """Chi-square for each of 5 observations at 1e-8."""
    posterior = model()
    draws = posterior.sample(np.repeat(X, 4000, axis=0), 2).numpy().reshape(2, 5, 4000, 3)
    leaf = np.ravel_multi_index(np.moveaxis(draws, -1, 0), TREE.branching)
    q = posterior.probabilities(X).numpy().reshape(5, -1)
    for i in range(5):
        counts = np.bincount(leaf[:, i].ravel(), minlength=12)
        expected = 8000 * q[i]
        rare = expected < 10
        counts = np.append(counts[~rare], counts[rare].sum())
        expected = np.append(expected[~rare], expected[rare].sum() + 1e-9)
        assert stats.chisquare(counts, expected * counts.sum() / expected.sum()).pvalue > 1e-8


@pytest.mark.parametrize("objective", gflownet.OBJECTIVES)
def test_gradients_agree_with_finite_differences(objective):
    posterior = model(objective=objective)
    weights, columns = posterior.policy, tf.constant(X.T)
    target = policy.Target(
        tuple(map(tf.constant, (MEANS, *TREE.offsets))), *map(tf.constant, np.array([0.5, -1.0, 0.7]))
    )
    uniform = tf.constant(np.random.default_rng(0).random((3, 10)))
    columns = tf.tile(columns, [1, 2])
    path = policy.rollout(weights, columns, policy.drawn(uniform, 0.2))
    z = tf.stack([tf.argmax(chosen) for chosen in path.choices], axis=-1)

    def value(weights):
        path = policy.rollout(weights, columns, policy.given(z, TREE.branching, tf.float64))
        return gflownet.objective_value(objective, path, policy.log_reward(path.choices, columns, target), 2)

    with tf.GradientTape() as tape:
        tape.watch(weights)
        loss = value(weights)
    flat, gradient = tf.nest.flatten(weights), tf.nest.flatten(tape.gradient(loss, weights))
    if objective == "vargrad":
        # The regression of log Z beside it has a moving target, so only its own head is compared.
        check = [len(flat) - 2, len(flat) - 1]
    else:
        check = range(len(flat))
    for i in check:
        direction = np.random.default_rng(i).normal(size=flat[i].shape)
        moved = [
            value(tf.nest.pack_sequence_as(weights, [*flat[:i], flat[i] + h * direction, *flat[i + 1 :]]))
            for h in (1e-6, -1e-6)
        ]
        slope = (moved[0] - moved[1]) / 2e-6
        np.testing.assert_allclose(tf.reduce_sum(gradient[i] * direction), slope, rtol=1e-5, atol=1e-6)


def test_exploration_changes_the_draws_and_not_the_score():
    weights, columns = model().policy, tf.constant(np.repeat(X.T, 2000, axis=1))
    uniform = tf.constant(np.random.default_rng(0).random((3, 10_000)))
    path = policy.rollout(weights, columns, policy.drawn(uniform, 1.0))
    for chosen in path.choices:
        # 10,000 draws of at most 3 branches: each share within 0.06 of even, at 12 standard deviations.
        np.testing.assert_allclose(np.mean(chosen, axis=1), 1 / chosen.shape[0], atol=0.06)
    z = tf.stack([tf.argmax(chosen) for chosen in path.choices], axis=-1)
    followed = policy.rollout(weights, columns, policy.given(z, TREE.branching, tf.float64))
    np.testing.assert_allclose(path.log_pf, followed.log_pf, rtol=1e-12)


def test_log_probability_of_a_mixture_of_policies():
    log_pf = np.log([[0.5, 0.01], [0.2, 1.0]])
    got = policy.log_mixed(tf.constant(log_pf), [4, 2], tf.constant(0.3, tf.float64))
    np.testing.assert_allclose(np.exp(got), [[0.35 + 0.075, 0.007 + 0.075], [0.14 + 0.15, 0.7 + 0.15]])
    own = policy.log_mixed(tf.constant(log_pf), [4, 2], tf.constant(0.0, tf.float64))
    np.testing.assert_allclose(own, log_pf, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("objective", ["tb", "vargrad", "subtb"])
def test_training_finds_the_posterior_and_the_evidence(objective):
    tree = HierarchicalMixture()
    x = tree.sample(500, TRUE_MEANS, seed=0)
    posterior = GFlowNetPosterior(tree, objective=objective, seed=0)
    trace = posterior.train(x, TRUE_MEANS, 2000, decay=True)
    assert trace.shape == (2000,)
    p, q = tree.posterior(x, TRUE_MEANS), posterior.probabilities(x).numpy()
    assert 0.5 * np.abs(p - q).sum((1, 2)).mean() < 0.02
    assert posterior.missed_mass(x, TRUE_MEANS) < 0.02
    estimate = np.logaddexp.reduce(posterior.importance_weights(x, TRUE_MEANS, 32), axis=0) - np.log(32)
    assert abs(estimate.mean() - tree.log_likelihood(x, TRUE_MEANS)) < 0.01


def test_log_z_becomes_the_log_likelihood():
    tree = HierarchicalMixture(std=1.0)  # a density smooth enough for a small net
    x = tree.sample(300, TRUE_MEANS, seed=0)
    posterior = GFlowNetPosterior(tree, hidden=[64, 64], seed=0)
    posterior.train(x, TRUE_MEANS, 2000, decay=True)
    log_px = np.array([tree.log_likelihood(row[None], TRUE_MEANS) for row in x[:50]])
    assert np.median(np.abs(posterior.log_z(x[:50]) - log_px)) < 0.05


def test_a_collapsed_policy_is_reported():
    tree = HierarchicalMixture(std=2.0)
    x = tree.sample(200, TRUE_MEANS, seed=0)
    posterior = GFlowNetPosterior(tree, seed=0, dtype="float64")
    bias = posterior.weights[4]  # of the logits of the superclusters
    assert bias.shape == (4, 1)
    bias.assign([[30.0], [0.0], [0.0], [0.0]])
    assert 0.5 < posterior.missed_mass(x, TRUE_MEANS) <= 1


def test_the_same_seed_gives_the_same_weights_and_draws():
    made = []
    for _ in range(2):
        posterior = GFlowNetPosterior(seed=3)
        posterior.train(np.zeros((10, 2)), TRUE_MEANS, 5)
        made.append((posterior.sample(np.zeros((10, 2)), 3).numpy(), posterior.log_z(np.zeros((1, 2)))))
    np.testing.assert_array_equal(made[0][0], made[1][0])
    np.testing.assert_array_equal(made[0][1], made[1][1])


def test_saving_keeps_the_policy(tmp_path):
    posterior = model(objective="subtb")
    posterior.save(tmp_path / "policy.keras")
    again = keras.models.load_model(tmp_path / "policy.keras")
    assert again.objective == "subtb" and again.tree.branching == TREE.branching
    np.testing.assert_allclose(again.probabilities(X), posterior.probabilities(X), rtol=1e-12)
    np.testing.assert_allclose(again.log_z(X), posterior.log_z(X), rtol=1e-12)
    np.testing.assert_array_equal(again.sample(X, 50, seed=7), posterior.sample(X, 50, seed=7))


@pytest.mark.slow  # test_compare.py trains and samples with nine levels
def test_a_deep_tree_is_never_enumerated():
    tree = HierarchicalMixture(levels=12)
    posterior = GFlowNetPosterior(tree, seed=0)
    x = tree.sample(20, TRUE_MEANS, seed=0)
    assert np.isfinite(posterior.train(x, TRUE_MEANS, 3)).all()
    assert posterior.sample(x, 2).shape == (2, 20, 12)


def test_probabilities_of_all_leaves_of_a_deep_tree_are_refused():
    with pytest.raises(ValueError, match="leaves"):
        GFlowNetPosterior(HierarchicalMixture(levels=12), seed=0).probabilities(np.zeros((20, 2)))


def test_training_compiles_once():
    x = np.zeros((7, 2))
    posterior = GFlowNetPosterior(seed=0)
    before = gflownet._train.experimental_get_tracing_count()
    for steps in (1, 2 * gflownet.STEPS, 3):
        posterior.train(x, TRUE_MEANS, steps)
    assert gflownet._train.experimental_get_tracing_count() == before + 1


def test_minibatches_and_an_early_end():
    posterior = GFlowNetPosterior(seed=0)
    x = HierarchicalMixture().sample(500, TRUE_MEANS, seed=0)
    assert posterior.train(x, TRUE_MEANS, 1000, batch_size=64, until=1e9).shape == (gflownet.STEPS,)
    assert posterior.train(x, TRUE_MEANS, 0).shape == (0,)
    assert posterior.train(x[:1], TRUE_MEANS, 3).shape == (3,)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"hidden": 0}, "hidden >= 1"),
        ({"objective": "mse"}, "objective"),
        ({"exploration": 1.5}, "exploration"),
        ({"dtype": "float16"}, "float32 or float64"),
    ],
)
def test_a_wrong_model_is_refused_in_words(arguments, message):
    with pytest.raises(ValueError, match=message):
        GFlowNetPosterior(**arguments)


@pytest.mark.parametrize(
    "arguments",
    [{"steps": -1}, {"learning_rate": 0}, {"rollouts": 0}, {"beta": 0}, {"means": TRUE_MEANS[:2]}],
)
def test_wrong_training_is_refused_and_changes_nothing(arguments):
    posterior = GFlowNetPosterior(seed=0)
    before = posterior.log_z(np.zeros((1, 2))).numpy()
    with pytest.raises(ValueError, match="Expected"):
        posterior.train(np.zeros((3, 2)), **{"means": TRUE_MEANS, **arguments})
    np.testing.assert_array_equal(posterior.log_z(np.zeros((1, 2))), before)


def test_a_divergence_is_told_and_changes_nothing():
    posterior = GFlowNetPosterior(seed=0)
    before = posterior.log_z(np.zeros((1, 2))).numpy()
    with pytest.raises(ValueError, match="learning_rate"):
        posterior.train(np.zeros((3, 2)), TRUE_MEANS, 200, learning_rate=1e30)
    np.testing.assert_array_equal(posterior.log_z(np.zeros((1, 2))), before)


def test_one_dimension_and_levels_of_one_branch():
    tree = HierarchicalMixture([np.array([[0.0]]), np.array([[-1.0], [1.0]])], 0.3, superclusters=1)
    x = tree.sample(300, [[0.5]], seed=0)
    posterior = GFlowNetPosterior(tree, seed=0)
    posterior.train(x, [[0.5]], 500, decay=True)
    p, q = tree.posterior(x, [[0.5]]), posterior.probabilities(x).numpy()
    assert p.shape == q.shape == (300, 1, 1, 2)
    assert 0.5 * np.abs(p - q).sum((1, 2, 3)).mean() < 0.02
