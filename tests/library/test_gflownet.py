"""GFlowNet objectives and the policy against enumeration, finite differences and chi-square."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from gmm_tf import GFlowNetPosterior, HierarchicalMixture, gflownet, objectives, policy, remainder
from gmm_tf.data import TRUE_MEANS

RNG = np.random.default_rng(0)
TREE = HierarchicalMixture([RNG.normal(size=(3, 2)), RNG.normal(size=(2, 2))], 0.5, superclusters=2)
MEANS = RNG.normal(size=(2, 2))
X = TREE.sample(5, MEANS, seed=1)
LEAVES = np.array(list(itertools.product(*map(range, TREE.branching))))


BOTH = pytest.mark.parametrize("look_ahead", [False, True])


def model(**arguments):
    """A policy with random weights, biases too."""
    made = GFlowNetPosterior(TREE, **{"hidden": [6, 5], "dtype": "float64", "seed": 1, **arguments})
    for weight in made.trainable_weights:
        weight.assign(np.random.default_rng(weight.shape[0]).normal(size=weight.shape))
    made.aim(MEANS, 0.7)
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
        objectives.trajectory_balance(flow[0], log_pf.sum(0), reward),
        objectives.detailed_balance(flow, log_pf),
        objectives.subtrajectory_balance(flow, log_pf),
    ):
        np.testing.assert_allclose(residual, 0, atol=1e-18)
    other = exact_flows((0, 1, 1))
    pfs = np.stack([log_pf.sum(0), other[1].sum(0)])
    rewards = np.stack([reward, other[0][-1]])
    np.testing.assert_allclose(objectives.var_grad(pfs, rewards), 0, atol=1e-18)


def test_residuals_by_hand():
    flow, log_pf = np.array([[1.0], [2.0], [4.0]]), np.array([[-1.0], [-3.0]])
    # Steps: 1 - 1 - 2 = -2 and 2 - 3 - 4 = -5; the whole path: 1 - 4 - 4 = -7.
    assert objectives.trajectory_balance(1.0, -4.0, 4.0) == 49
    np.testing.assert_allclose(objectives.detailed_balance(flow, log_pf), [(4 + 25) / 2])
    np.testing.assert_allclose(objectives.subtrajectory_balance(flow, log_pf), [(4 + 25 + 49) / 3])
    residuals = np.array([[3.0], [5.0]])
    np.testing.assert_allclose(objectives.var_grad(residuals, np.zeros((2, 1))), [[1.0], [1.0]])


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    ("objective", "look_ahead"),
    [("tb", False), ("tb", True), ("db", True), pytest.param("db", False, marks=SLOW)],
)
def test_probabilities_of_all_leaves_sum_to_one_and_agree_with_log_prob(objective, look_ahead):
    posterior = model(objective=objective, look_ahead=look_ahead)
    q = posterior.probabilities(X).numpy()
    assert q.shape == (5, 2, 3, 2)
    np.testing.assert_allclose(q.sum((1, 2, 3)), 1, rtol=1e-12)
    log_q = posterior.log_prob(X, np.repeat(LEAVES[:, None], len(X), axis=1))
    np.testing.assert_allclose(np.exp(log_q), q.reshape(5, -1).T, rtol=1e-10)
    np.testing.assert_allclose(posterior.log_prob(X, np.tile(LEAVES[3], [5, 1])), log_q[3], rtol=1e-12)
    np.testing.assert_allclose(posterior.first_level(X), q.sum((2, 3)), rtol=1e-10)


@BOTH
def test_draws_have_the_frequencies_that_log_prob_says(look_ahead):
    """Chi-square for each of 5 observations at 1e-8."""
    posterior = model(look_ahead=look_ahead)
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


def recording(constants, stop_gradient=tf.stop_gradient):
    """`tf.stop_gradient` that notes what it returns."""

    def stopped(tensor):
        constants.append(stop_gradient(tensor))
        return constants[-1]

    return stopped


def replaying(constants):
    """In its place, what was noted before."""
    noted = iter(constants)
    return lambda _: next(noted)


@BOTH
@pytest.mark.parametrize("objective", [*objectives.OBJECTIVES, "subtb(0.5)"])
def test_gradients_agree_with_finite_differences(monkeypatch, objective, look_ahead):
    """What an objective takes for constant stays what it is while the weights move."""
    posterior = model(objective=objective, look_ahead=look_ahead)
    weights, target, columns = posterior.policy, posterior.target, tf.constant(np.tile(X.T, [1, 2]))
    uniform = tf.constant(np.random.default_rng(0).random((3, 10)))
    path = policy.rollout(weights, columns, target, policy.drawn(uniform, 0.2))
    z = tf.stack([tf.argmax(chosen) for chosen in path.choices], axis=-1)
    choose = policy.given(z, TREE.branching, tf.float64)

    def value(weights):
        none = tf.constant(0.0, tf.float64)
        score = gflownet.Score(objective, 2, 0.0, none)
        return gflownet.objective_value(score, weights, columns, target, choose)

    constants = []
    monkeypatch.setattr(tf, "stop_gradient", recording(constants))
    with tf.GradientTape() as tape:
        tape.watch(weights)
        loss = value(weights)
    flat = tf.nest.flatten(weights)
    gradient = tf.nest.flatten(tape.gradient(loss, weights, unconnected_gradients="zero"))
    assert all(np.isfinite(each).all() for each in gradient)
    # A direction of all weights together, in which an error of any of them shows.
    rng = np.random.default_rng(0)
    direction = [rng.normal(size=each.shape) for each in flat]
    moved = []
    for h in (1e-6, -1e-6):
        monkeypatch.setattr(tf, "stop_gradient", replaying(constants))
        there = [w + h * d for w, d in zip(flat, direction, strict=True)]
        moved.append(value(tf.nest.pack_sequence_as(weights, there)))
    slope = (moved[0] - moved[1]) / 2e-6
    expected = sum(tf.reduce_sum(g * d) for g, d in zip(gradient, direction, strict=True))
    np.testing.assert_allclose(expected, slope, rtol=1e-5, atol=1e-6)


def test_wake_phases_by_hand():
    """Two paths of one observation: the likelier one in the ratio of p(x, z) to the draw's probability."""
    log_pf, log_reward, log_proposal = np.log([0.3, 0.2]), np.log([0.6, 0.1]), np.log([0.5, 0.25])
    path = policy.Rollout((), tf.constant(log_pf[None]), tf.constant([[2.0, 2.0]], tf.float64), None)
    share = np.array([1.2, 0.4]) / 1.6
    head = (2.0 - np.log(0.8)) ** 2
    got = objectives.chosen("rws").loss(path, tf.constant(log_reward), tf.constant(log_proposal), 2)
    np.testing.assert_allclose(got, head - share @ log_pf, rtol=1e-12)
    got = objectives.chosen("sleep").loss(path, tf.constant(log_reward), tf.constant(log_proposal), 1)
    np.testing.assert_allclose(got, np.mean((2.0 - (log_reward - log_pf)) ** 2) - log_pf.mean(), rtol=1e-12)


def test_shorter_parts_of_a_path_may_weigh_more():
    flow, log_pf = np.array([[1.0], [2.0], [4.0]]), np.array([[-1.0], [-3.0]])
    expected = (0.5 * (4 + 25) + 0.25 * 49) / (0.5 + 0.5 + 0.25)
    np.testing.assert_allclose(objectives.subtrajectory_balance(flow, log_pf, 0.5), [expected])
    assert objectives.chosen("subtb(0.5)").all_flows


@pytest.mark.parametrize("beta", [1.0, 0.4])
def test_an_untrained_look_ahead_draws_from_the_moment_matched_posterior(beta):
    """Level by level: the branches in proportion to normal densities with the moments of the levels below."""
    weights = [[0.3, 0.7], [0.2, 0.5, 0.3], [0.6, 0.4]]
    tree = HierarchicalMixture(list(TREE.offsets), 0.5, superclusters=2, weights=weights)
    posterior = GFlowNetPosterior(tree, dtype="float64", seed=0)
    posterior.aim(MEANS, beta)
    tables, q = (MEANS, *TREE.offsets), posterior.probabilities(X).numpy()
    noise = 0.25 / beta * np.eye(2)
    for leaf in itertools.product(*map(range, TREE.branching)):
        expected, rest = np.ones(5), X
        for level, branch in enumerate(leaf):
            below = [(tables[k], weights[k]) for k in range(level + 1, 3)]
            mean = sum((w @ t for t, w in below), np.zeros(2))
            spread = sum((np.cov(t.T, aweights=w, ddof=0) for t, w in below), noise)
            scores = [
                weights[level][b] * stats.multivariate_normal(mean, spread).pdf(rest - tables[level][b])
                for b in range(len(tables[level]))
            ]
            expected, rest = expected * scores[branch] / sum(scores), rest - tables[level][branch]
        np.testing.assert_allclose(q[(slice(None), *leaf)], expected, rtol=1e-9)


def test_the_moment_matched_posterior_is_drawn_from_and_scored_without_a_policy():
    posterior = GFlowNetPosterior(TREE, dtype="float64", seed=0)
    posterior.aim(MEANS)
    theta, z = TREE.parameters(MEANS), np.repeat(LEAVES[:, None], len(X), axis=1)
    log_q = np.stack([remainder.log_prob(theta, X, each) for each in z])
    np.testing.assert_allclose(log_q, posterior.log_prob(X, z), rtol=1e-9)
    uniform = np.random.default_rng(0).random((3, 4000 * len(X)))
    draws = remainder.sample(theta, np.repeat(X, 4000, axis=0), uniform)
    leaf = np.ravel_multi_index(draws.T, TREE.branching).reshape(len(X), 4000)
    share = [np.bincount(each, minlength=len(LEAVES)) / 4000 for each in leaf]
    # A share deviates by at most .008; six times that.
    np.testing.assert_allclose(share, np.exp(log_q).T, atol=0.05)


def test_the_last_level_of_a_look_ahead_is_exact_whatever_the_net_says():
    posterior = model()
    posterior.aim(MEANS)
    p, q = TREE.posterior(X, MEANS), posterior.probabilities(X).numpy()
    np.testing.assert_allclose(q / q.sum(-1, keepdims=True), p / p.sum(-1, keepdims=True), rtol=1e-9)


@BOTH
def test_dreams_are_pairs_of_the_tempered_model(look_ahead):
    """Chi-square of the assignments, Kolmogorov-Smirnov of the residuals, at 1e-7."""
    posterior = model(look_ahead=look_ahead)
    uniform, normal = (
        np.random.default_rng(0).random((3, 6000)),
        np.random.default_rng(1).normal(size=(2, 6000)),
    )
    choices, x = policy.dream(tf.constant(uniform), tf.constant(normal), posterior.target)
    z = np.stack([np.argmax(chosen, 0) for chosen in choices], axis=-1)
    counts = np.bincount(np.ravel_multi_index(z.T, TREE.branching), minlength=12)
    assert stats.chisquare(counts).pvalue > 1e-7
    centre = sum(table[z[:, level]] for level, table in enumerate((MEANS, *TREE.offsets)))
    residual = (x.numpy().T - centre) / (0.5 / np.sqrt(0.7))
    assert stats.kstest(residual.ravel(), "norm").pvalue > 1e-7


@BOTH
def test_exploration_draws_from_the_untrained_policy_and_does_not_change_the_score(look_ahead):
    posterior, columns = model(look_ahead=look_ahead), tf.constant(np.repeat(X.T, 2000, axis=1))
    weights, target = posterior.policy, posterior.target
    uniform = tf.constant(np.random.default_rng(0).random((3, 10_000)))
    path = policy.rollout(weights, columns, target, policy.drawn(uniform, 1.0))
    zeros = tf.nest.map_structure(tf.zeros_like, weights)  # heads of zeros: untrained
    broad = np.exp(policy.first_level(zeros, tf.constant(X.T), target)).T
    for row, p in enumerate(broad):
        drawn = path.choices[0].numpy()[:, 2000 * row : 2000 * (row + 1)].mean(axis=1)
        # 2,000 draws: each share has a standard deviation of at most 0.0112.
        np.testing.assert_allclose(drawn, p, atol=0.08)
    if not look_ahead:
        np.testing.assert_allclose(broad, 1 / broad.shape[1])
    z = tf.stack([tf.argmax(chosen) for chosen in path.choices], axis=-1)
    followed = policy.rollout(weights, columns, target, policy.given(z, TREE.branching, tf.float64))
    np.testing.assert_allclose(path.log_pf, followed.log_pf, rtol=1e-12)


def test_log_probability_of_a_mixture_of_policies():
    own, broad = np.array([[0.5, 0.01], [0.2, 1.0]]), np.array([[0.25, 0.25], [0.5, 0.5]])
    path = policy.Rollout((), tf.constant(np.log(own)), None, tf.constant(np.log(broad)))
    got = policy.log_mixed(path, tf.constant(0.3, tf.float64))
    np.testing.assert_allclose(np.exp(got), (0.7 * own + 0.3 * broad).prod(axis=0))
    alone = policy.log_mixed(path, tf.constant(0.0, tf.float64))
    np.testing.assert_allclose(alone, np.log(own).sum(axis=0), rtol=1e-12)


# Many tests below train this net on so many observations, which is compiled once.
MANY = 200


@pytest.mark.parametrize(
    "objective", ["subtb", *(pytest.param(name, marks=SLOW) for name in ("tb", "vargrad"))]
)
def test_training_finds_the_posterior_and_the_evidence(objective):
    tree = HierarchicalMixture()
    x = tree.sample(MANY, TRUE_MEANS, seed=0)
    posterior = GFlowNetPosterior(tree, objective=objective, seed=0)
    trace = posterior.train(x, TRUE_MEANS, 1000, decay=True)
    assert trace.shape == (1000,)
    p, q = tree.posterior(x, TRUE_MEANS), posterior.probabilities(x).numpy()
    assert 0.5 * np.abs(p - q).sum((1, 2)).mean() < 0.02
    assert posterior.missed_mass(x, TRUE_MEANS) < 0.02
    estimate = np.logaddexp.reduce(posterior.importance_weights(x, TRUE_MEANS, 32), axis=0) - np.log(32)
    assert abs(estimate.mean() - tree.log_likelihood(x, TRUE_MEANS)) < 0.01


def test_log_z_becomes_the_log_likelihood():
    tree = HierarchicalMixture(std=1.0)  # a density smooth enough for a small net
    x = tree.sample(MANY, TRUE_MEANS, seed=0)
    posterior = GFlowNetPosterior(tree, seed=0)
    posterior.train(x, TRUE_MEANS, 500, decay=True)
    log_px = np.array([tree.log_likelihood(row[None], TRUE_MEANS) for row in x[:50]])
    assert np.median(np.abs(posterior.log_z(x[:50]) - log_px)) < 0.05


def test_a_collapsed_policy_is_reported():
    tree = HierarchicalMixture(std=2.0)
    x = tree.sample(200, TRUE_MEANS, seed=0)
    posterior = GFlowNetPosterior(tree, seed=0, dtype="float64", look_ahead=False)
    bias = posterior.weights[4]  # of the logits of the superclusters
    assert bias.shape == (4, 1)
    bias.assign([[30.0], [0.0], [0.0], [0.0]])
    assert 0.5 < posterior.missed_mass(x, TRUE_MEANS) <= 1


@pytest.mark.usefixtures("uncompiled")
def test_modes_that_differ_at_every_level_are_missed_too():
    some = np.random.default_rng(0).normal(size=(7, 8))
    tables = [np.stack([-v, v]) for v in (*some, -some.sum(0))]  # only all-0 and all-1 sum to 0
    tree = HierarchicalMixture(tables[1:], 0.1, superclusters=2)
    posterior = GFlowNetPosterior(tree, seed=0, dtype="float64", look_ahead=False)
    for level in range(8):
        bias = posterior.weights[2 + 7 + 2 * level + 1]
        assert bias.shape == (2, 1)
        bias.assign([[30.0], [0.0]])
    assert 0.4 < posterior.missed_mass(np.zeros((200, 8)), tables[0]) < 0.6


ZEROS = np.zeros((MANY, 2))


def test_the_same_seed_gives_the_same_weights_and_draws():
    made = []
    for _ in range(2):
        posterior = GFlowNetPosterior(seed=3)
        posterior.train(ZEROS, TRUE_MEANS, 5)
        made.append((posterior.sample(ZEROS, 3).numpy(), posterior.log_z(np.zeros((1, 2)))))
    np.testing.assert_array_equal(made[0][0], made[1][0])
    np.testing.assert_array_equal(made[0][1], made[1][1])


# test_serving.py goes on training a loaded policy with look-ahead.
@pytest.mark.usefixtures("uncompiled")
@pytest.mark.parametrize("look_ahead", [False, pytest.param(True, marks=SLOW)])
def test_saving_keeps_the_policy(tmp_path, look_ahead):
    posterior = model(objective="subtb(0.9)", look_ahead=look_ahead)
    posterior.save(tmp_path / "policy.keras")
    again = keras.models.load_model(tmp_path / "policy.keras")
    assert (
        again.objective == "subtb(0.9)"
        and again.look_ahead is look_ahead
        and again.tree.branching == TREE.branching
    )
    np.testing.assert_allclose(again.probabilities(X), posterior.probabilities(X), rtol=1e-12)
    np.testing.assert_allclose(again.log_z(X), posterior.log_z(X), rtol=1e-12)
    np.testing.assert_array_equal(again.sample(X, 5, seed=7), posterior.sample(X, 5, seed=7))


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
    posterior = GFlowNetPosterior(seed=0)
    before = gflownet._train.experimental_get_tracing_count()
    for steps in (1, 2 * gflownet.STEPS, 3):
        posterior.train(ZEROS, TRUE_MEANS, steps)
    # Not once more if an earlier test has compiled it.
    assert gflownet._train.experimental_get_tracing_count() <= before + 1


def test_minibatches_and_an_early_end():
    posterior = GFlowNetPosterior(seed=0)
    x = HierarchicalMixture().sample(500, TRUE_MEANS, seed=0)
    assert posterior.train(x, TRUE_MEANS, 1000, batch_size=MANY, until=1e9).shape == (gflownet.STEPS,)
    assert posterior.train(x, TRUE_MEANS, 0).shape == (0,)
    assert posterior.train(x[:MANY], TRUE_MEANS, 3).shape == (3,)


@pytest.mark.slow
def test_one_observation_is_enough():
    posterior = GFlowNetPosterior(seed=0)
    assert np.isfinite(posterior.train(np.zeros((1, 2)), TRUE_MEANS, 3)).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"hidden": 0}, "hidden >= 1"),
        ({"objective": "mse"}, "objective"),
        ({"objective": "mse", "look_ahead": False}, "objective"),
        ({"objective": "subtb(0)"}, "objective"),
        ({"exploration": 1.5}, "exploration"),
        ({"dtype": "float16"}, "float32 or float64"),
    ],
)
def test_a_wrong_model_is_refused_in_words(arguments, message):
    with pytest.raises(ValueError, match=message):
        GFlowNetPosterior(**arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        {"steps": -1},
        {"learning_rate": 0},
        {"rollouts": 0},
        {"beta": 0},
        {"means": TRUE_MEANS[:2]},
        {"sleep": -1},
        {"log_z_rate": 0},
        {"replay": np.zeros((3, 3), int)},
    ],
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
        posterior.train(ZEROS, TRUE_MEANS, 200, learning_rate=1e30)
    np.testing.assert_array_equal(posterior.log_z(np.zeros((1, 2))), before)


# Of the last level, whose policy is exact, nothing must be learnt.
@pytest.mark.parametrize("steps", [0, pytest.param(500, marks=SLOW)])
def test_one_dimension_and_levels_of_one_branch(steps):
    tree = HierarchicalMixture([np.array([[0.0]]), np.array([[-1.0], [1.0]])], 0.3, superclusters=1)
    x = tree.sample(300, [[0.5]], seed=0)
    posterior = GFlowNetPosterior(tree, seed=0)
    posterior.train(x, [[0.5]], steps, decay=True)
    p, q = tree.posterior(x, [[0.5]]), posterior.probabilities(x).numpy()
    assert p.shape == q.shape == (300, 1, 1, 2)
    assert 0.5 * np.abs(p - q).sum((1, 2, 3)).mean() < 0.02


OWN_TREE = HierarchicalMixture([np.zeros([2, 1]), np.zeros([3, 1])], superclusters=2)
OWN_TABLE = np.random.default_rng(0).normal(size=OWN_TREE.branching)
OWN_X = np.array([[-1.0], [0.0], [2.0]])


def own_reward(z, x):
    """Twice a parity that no mixture has, and a table that x scales; [N]. AutoGraph must convert the loop."""
    value = x[:, 0] * tf.gather_nd(tf.constant(OWN_TABLE, x.dtype), z)
    for _ in tf.range(2):
        value += tf.cast(tf.reduce_sum(z, axis=1) % 2, x.dtype)
    return value


@pytest.mark.parametrize("objective", ["tb", *(pytest.param(name, marks=SLOW) for name in ("vargrad", "db"))])
def test_a_policy_learns_a_reward_of_ones_own(objective):
    leaves = np.array(list(itertools.product(*map(range, OWN_TREE.branching))))
    log_reward = np.array([own_reward(leaves, np.repeat(x[None], 12, axis=0)).numpy() for x in OWN_X])
    model = GFlowNetPosterior(OWN_TREE, 32, objective, look_ahead=False, seed=0)
    options = {"decay": True, "rollouts": 64, "log_reward": own_reward}
    model.train(OWN_X, np.zeros([2, 1]), 1500, **options)
    want = np.exp(log_reward - np.logaddexp.reduce(log_reward, axis=1)[:, None])
    got = model.probabilities(OWN_X).numpy().reshape(3, -1)
    assert 0.5 * np.abs(got - want).sum(1).max() < 0.01
    if objective != "vargrad":  # which learns no log Z
        np.testing.assert_allclose(model.log_z(OWN_X), np.logaddexp.reduce(log_reward, axis=1), atol=0.02)


@pytest.mark.parametrize(
    ("net", "options"),
    [({}, {}), ({"look_ahead": False}, {"sleep": 0.1}), ({"look_ahead": False, "objective": "sleep"}, {})],
)
def test_a_reward_of_ones_own_says_nothing_of_the_mixture(net, options):
    model = GFlowNetPosterior(OWN_TREE, seed=0, **net)
    with pytest.raises(ValueError, match="look_ahead=False and no sleep phase"):
        model.train(OWN_X, np.zeros([2, 1]), 1, log_reward=own_reward, **options)


def test_a_reward_of_another_shape_is_refused():
    model = GFlowNetPosterior(OWN_TREE, look_ahead=False, seed=0)
    with pytest.raises(ValueError, match=r"return \[N\]"):
        model.train(OWN_X, np.zeros([2, 1]), 1, log_reward=lambda z, x: x)


@pytest.mark.parametrize("name", ["steps", "batch_size", "rollouts"])
def test_counts_of_training_are_whole_numbers(name):
    policy = GFlowNetPosterior(TREE, seed=0)
    for value in (-5, 2.5):
        with pytest.raises(ValueError, match=f"Expected {name}"):
            policy.train(X[:4], MEANS, **{"steps": 1, name: value})
