"""Inside the jail: call the student's functions of `gflownet-em`, return plain arrays.

Holds no expected answer: what is read here, and returned by the code under test, is judged outside.
"""

import contextlib
import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from autograder.jail.inside.returned import plain

RIGHT: dict = {}  # the right functions that stand in for a question; the worker's


def parts(value: Any, keys: tuple = ()) -> list:
    """Arrays from a tuple, a list, one stack, or a dictionary with these keys."""
    if value is None:
        raise TypeError("returned None")
    if isinstance(value, dict):
        value = [value[key] for key in keys]
    return [plain(part) for part in value]


def sample_data(names: dict, n: int, means: np.ndarray) -> dict:
    return {"value": plain(names["sample_data"](n, means))}


def component_means(names: dict, means: np.ndarray) -> dict:
    return {"value": plain(names["component_means"](means))}


def data_log_likelihood(names: dict, x: np.ndarray, means: np.ndarray) -> dict:
    return {"value": plain(names["data_log_likelihood"](x, means))}


def exact_posterior(names: dict, x: np.ndarray, means: np.ndarray) -> dict:
    return {"value": plain(names["exact_posterior"](x, means))}


def exact_m_step(names: dict, x: np.ndarray, q: np.ndarray) -> dict:
    return {"value": plain(names["exact_m_step"](x, q))}


def mean_field_step(names: dict, x: np.ndarray, means: np.ndarray, q_j: np.ndarray) -> dict:
    return {"parts": parts(names["mean_field_step"](x, means, q_j), ("q_i", "q_j"))}


HEADS = ("logits_i", "logits_j", "log_z")
STATISTICS = keras.layers.BatchNormalization | keras.layers.Normalization


def outputs(policy: keras.Model, x: np.ndarray, one_hot: np.ndarray) -> list:
    """The policy's three outputs as tensors."""
    value = policy(x, one_hot)
    if value is None:
        raise TypeError("returned None")
    if isinstance(value, dict):
        value = [value[head] for head in HEADS]
    return [tf.convert_to_tensor(part) for part in value]


def policy(names: dict, arguments: list, *given: Any) -> dict:
    """What a new policy says of points: at first, trained towards either of two targets, with weights moved.

    It is trained at other points; what is right at those that are held out is not told here. The outputs at
    the first weights, and at the trained ones, are asked for twice. Then each output is trained alone.

    Args:
        given: points and one-hots to train with; two lists of targets, of logits_i, logits_j and log_z there;
            points and one-hots that are held out; numbers that are added to the trained weights, repeated
            where there are more weights; training steps, and their learning rate.
    """
    x, one_hot, targets, others, held_out, held_out_one_hot, noise, steps, rate = given
    nothing = np.zeros_like(held_out_one_hot)
    model = names["Policy"](*arguments)
    first = outputs(model, held_out, nothing)
    chosen = outputs(model, held_out, held_out_one_hot)
    reply: dict = {"count": len(first)}
    if len(first) != 3:
        return {**reply, "start": []}
    reply["start"] = [plain(first[0]), plain(chosen[1]), plain(first[2])]
    if [part.size for part in reply["start"]] != [target.size for target in targets]:
        return reply
    reply.update(one_point(model, held_out, nothing))
    hidden = untracked(model)
    reply["untracked"], reply["trainable"] = len(hidden), len(model.trainable_variables)
    weights = all_weights(model, hidden)
    initial = [np.array(weight) for weight in weights]
    reply["initial"] = all_heads(model, held_out, nothing.shape[1])
    seen = train(model, x, one_hot, targets, steps, rate)
    reply["used"] = seen + len(model.non_trainable_variables)
    trained = [np.array(weight) for weight in weights]
    reply["trained"] = all_heads(model, held_out, nothing.shape[1])
    for label, values in (
        ("moved", added(trained, noise)),
        ("trained again", trained),
        ("initial again", initial),
    ):
        assign(weights, values)
        reply[label] = all_heads(model, held_out, nothing.shape[1])
    reply["alone"] = []
    for head, wanted in itertools.product(range(len(HEADS)), (targets, others)):
        assign(weights, initial)
        train(model, x, one_hot, wanted, steps // 2, rate / 5, [head])
        reply["alone"].append(plain(at_its_state(model, held_out, held_out_one_hot, head)))
    return reply


def at_its_state(model: keras.Model, x: np.ndarray, one_hot: np.ndarray, head: int) -> tf.Tensor:
    """One output where it is used: logits_j after a choice, the others before it."""
    return outputs(model, x, one_hot if HEADS[head] == "logits_j" else np.zeros_like(one_hot))[head]


def one_point(model: keras.Model, x: np.ndarray, one_hot: np.ndarray) -> dict:
    """The outputs for a batch of one point, or the name of the exception that it raises."""
    try:
        return {"single": [plain(part) for part in outputs(model, x[:1], one_hot[:1])]}
    except Exception as error:
        return {"single_error": type(error).__name__}


def all_heads(model: keras.Model, x: np.ndarray, c: int) -> list:
    """[logits_i, log_z, then logits_j after each of c superclusters]."""
    logits_i, _, log_z = outputs(model, x, np.zeros((len(x), c), np.float32))
    each = [np.tile(row, (len(x), 1)) for row in np.eye(c, dtype=np.float32)]
    return [plain(part) for part in (logits_i, log_z, *(outputs(model, x, i)[1] for i in each))]


def all_weights(model: keras.Model, hidden: list) -> list:
    """The weights that outputs may depend on, trained or not; not the statistics that layers keep."""
    statistics = {
        id(weight)
        for layer in layers_of(model)
        if isinstance(layer, STATISTICS)
        for weight in layer.non_trainable_weights
    }
    found = {id(weight): weight for weight in (*model.weights, *hidden) if "float" in str(weight.dtype)}
    return [weight for key, weight in found.items() if key not in statistics]


def added(values: list, noise: np.ndarray) -> list:
    """The arrays with numbers added to them, other ones to each."""
    places = np.cumsum([0, *(value.size for value in values)])
    return [
        (value + np.resize(np.roll(noise, -place), value.shape)).astype(value.dtype)
        for value, place in zip(values, places, strict=False)
    ]


def assign(weights: list, values: list) -> None:
    for weight, value in zip(weights, values, strict=False):
        weight.assign(value)


def train(
    model: keras.Model,
    x: np.ndarray,
    one_hot: np.ndarray,
    targets: list,
    steps: int,
    rate: float,
    heads: Sequence[int] = (0, 1, 2),
) -> int:
    """Train outputs towards targets -> how many weights the tape saw, wherever they are kept."""

    def error():
        """Sum of the mean squared errors of the heads; logits count up to a constant for each point."""
        total = 0.0
        for head in heads:
            value = tf.reshape(at_its_state(model, x, one_hot, head), targets[head].shape)
            if HEADS[head] != "log_z":
                value = tf.nn.log_softmax(value)
            total += tf.reduce_mean((value - targets[head]) ** 2)
        return total

    variables, watched = model.trainable_variables, 0
    moments = [(0.0, 0.0)] * len(variables)
    for step in range(1, 1 + max(1, steps * bool(variables))):
        with tf.GradientTape() as tape:
            total = error()
        watched = len(tape.watched_variables())  # those that are not to be trained are not watched
        for place, gradient in enumerate(tape.gradient(total, variables)):
            if gradient is None:
                continue
            # Adam; Keras's own takes ten times as long where nothing is compiled.
            g = tf.convert_to_tensor(gradient)
            first, second = moments[place]
            moments[place] = first, second = 0.9 * first + 0.1 * g, 0.99 * second + 0.01 * g * g
            scale = tf.sqrt(second / (1 - 0.99**step)) + 1e-7
            variables[place].assign_sub(rate / (1 - 0.9**step) * first / scale)
    return watched


def untracked(model: keras.Model) -> list:
    """The variables that the model's attributes hold and that training does not reach."""
    known = {id(variable) for variable in model.trainable_variables}
    found, seen, todo = [], set(), [model]
    while todo:
        item = todo.pop()
        if id(item) in seen or isinstance(item, keras.Variable):
            continue
        seen.add(id(item))
        if isinstance(item, tf.Variable):
            if item.dtype.is_floating and item.trainable and id(item) not in known:
                found.append(item)
        elif isinstance(item, dict):
            todo += item.values()
        elif isinstance(item, list | tuple | set):
            todo += item
        elif isinstance(item, keras.layers.Layer | tf.Module):
            todo += vars(item).values()
    frozen = {
        id(variable): variable
        for layer in [model, *layers_of(model)]
        if not isinstance(layer, STATISTICS)
        for variable in frozen_in(layer)
        if "float" in str(variable.dtype)
    }
    return [*found, *frozen.values()]


# What Keras keeps to itself: tests/grader/test_foreign.py fails where it moves.


def layers_of(model: keras.Model) -> list:
    """The model and all layers in it, however deep."""
    return list(model._flatten_layers())


def frozen_in(layer: keras.layers.Layer) -> list:
    """A layer's own variables that are not to be trained, without those of the layers in it."""
    return list(getattr(layer, "_non_trainable_variables", []))


def balance(names: dict, *logarithms: np.ndarray) -> dict:
    """The loss and its gradients in log_z and log_pf; one that nothing reaches is empty."""
    log_z, log_pf, log_reward = (tf.constant(value) for value in logarithms)
    loss = names["trajectory_balance_loss"]
    reply: dict = {"value": plain(loss(log_z, log_pf, log_reward))}
    with tf.GradientTape() as tape:
        tape.watch([log_z, log_pf])
        total = tf.reduce_sum(loss(log_z, log_pf, log_reward))
    found = tape.gradient(total, [log_z, log_pf])
    reply["gradients"] = [np.zeros(0) if g is None else plain(tf.convert_to_tensor(g)) for g in found]
    return reply


class TablePolicy(keras.Model):
    """A policy whose logits are given functions of x and of the one-hot."""

    def __init__(
        self, to_i: np.ndarray, bias_i: np.ndarray, to_j: np.ndarray, bias_j: np.ndarray, given_i: np.ndarray
    ) -> None:
        super().__init__()
        self.n_superclusters, self.n_petals, self.hidden = len(bias_i), len(bias_j), 32
        self.tables = [tf.constant(t).numpy() for t in (to_i, bias_i, to_j, bias_j, given_i)]
        self.built = True

    def call(self, x: tf.Tensor, i_one_hot: tf.Tensor) -> tuple:
        to_i, bias_i, to_j, bias_j, given_i = (tf.constant(t) for t in self.tables)
        x, one_hot = tf.cast(x, tf.float32), tf.cast(i_one_hot, tf.float32)
        # Zeros may have any width: nothing tells it before the first call.
        width = one_hot.shape[1] or self.n_superclusters
        if width != self.n_superclusters and tf.executing_eagerly() and tf.reduce_any(one_hot != 0):
            raise ValueError(f"expected i_one_hot of shape (N, {self.n_superclusters}), got {one_hot.shape}")
        rows = tf.concat([given_i, tf.zeros([width, self.n_petals])], axis=0)
        chosen = one_hot @ rows[:width]
        # The superclusters' logits count at zeros only; elsewhere they are others.
        others = tf.reduce_sum(one_hot, axis=1, keepdims=True) * tf.linspace(2.0, -2.0, self.n_superclusters)
        return x @ to_i + bias_i + others, x @ to_j + bias_j + chosen, tf.reduce_sum(x, axis=1)


def sample_posterior(names: dict, x: np.ndarray, *tables: np.ndarray) -> dict:
    return {"parts": parts(names["sample_posterior"](TablePolicy(*tables), x), ("i", "j"))}


def sample_posterior_twice(names: dict, x: np.ndarray, *tables: np.ndarray) -> dict:
    """The draws of two calls with the same arguments, after two seeds.

    After one seed, a tf.function that is made anew in each call draws the same each time.
    """
    policy = TablePolicy(*tables)
    first = parts(names["sample_posterior"](policy, x), ("i", "j"))
    keras.utils.set_random_seed(1)
    return {"parts": first, "again": parts(names["sample_posterior"](policy, x), ("i", "j"))}


def sample_own_posterior(names: dict, x: np.ndarray, c: int) -> dict:
    """Draws from a new policy of the notebook's own, and what that policy says at the first points."""
    model = names["Policy"](c)
    points = x[:5]
    nothing = np.zeros((len(points), c), np.float32)
    outputs(model, points, nothing)
    for variable in model.trainable_variables:
        variable.assign(2.5 * variable)  # so that what it depends on shows
    logits_i, at_zeros, _ = outputs(model, points, nothing)
    logits_j = [
        outputs(model, points, np.eye(c, dtype=np.float32)[np.full(len(points), i)])[1] for i in range(c)
    ]
    drawn = names["sample_posterior"](model, x)
    return {
        "parts": parts(drawn, ("i", "j")),
        "logits_i": plain(logits_i),
        "logits_j": np.stack([plain(part) for part in logits_j], axis=1),
        "at_zeros": plain(at_zeros),
    }


def gfn_em(names: dict, x: np.ndarray, start: np.ndarray, *effort: float) -> dict:
    """The means; how many policies that stood in were made, and how far training moved their weights."""
    value = plain(names["gfn_em"](x, start, *effort))
    # RIGHT is the namespace of the right functions.
    made = RIGHT.get("_POLICIES", [])
    reply = {"value": value, **moves(made)}
    if made:
        reply["weights"] = [np.array(weight) for weight in made[-1][0].weights]
    return reply


def moves(made: list) -> dict:
    """Of [policy, its first weights]: how many there are, and how far their weights moved."""
    moved = [
        float(np.abs(np.asarray(now) - before).max(initial=0.0))
        for model, born in made
        for now, before in zip(model.weights, born, strict=False)
    ]
    return {"policies": len(made), "moved": max(moved, default=0.0)}


class Notes:
    """Remembers numbers in order, also while TensorFlow runs a traced function.

    Args:
        most: how many notes are kept.
    """

    def __init__(self, most: int) -> None:
        self.kept: list = []
        self.most = most

    def __call__(self, kind: str, *values: Any) -> None:
        numbers = tf.concat([tf.reshape(tf.cast(value, tf.float32), [-1]) for value in values], axis=0)
        if tf.executing_eagerly():
            self.remember(kind, numbers)
        else:
            tf.numpy_function(functools.partial(self.remember, kind), [numbers], [])

    def remember(self, kind: str, numbers: Any) -> None:
        if len(self.kept) < self.most:
            self.kept.append([kind, np.array(numbers)])


def gfn_paths(names: dict, x: np.ndarray, start: np.ndarray, *given: Any) -> dict:
    """What `gfn_em` makes of a policy with given logits, and what it hands to the other functions.

    Args:
        given: iterations, training steps, learning rate; logits of the superclusters (C,), and of the petals
            after each of them (C, P); the number of notes that are kept.
    """
    iterations, steps, rate, (of_i, of_j), most = given
    tf.config.run_functions_eagerly(bool(RIGHT["FREEDOM"].get("eagerly")))
    note = Notes(most)
    made: list = []
    m_step, loss = names["exact_m_step"], names["trajectory_balance_loss"]

    def noted_m_step(*arguments, **options):
        q = options.get("q", arguments[-1] if arguments else None)
        if len(getattr(q, "shape", ())) == 3:
            note("weights", tf.reduce_sum(tf.cast(q, tf.float32), axis=[0, 2]))
        means = m_step(*arguments, **options)
        note("means", means)
        return means

    def noted_loss(log_z, log_pf, log_reward, **options):
        note("loss", log_pf, log_reward, log_z)
        return loss(log_z, log_pf, log_reward, **options)

    names.update(exact_m_step=noted_m_step, trajectory_balance_loss=noted_loss)
    with given_logits(names["Policy"], of_i, of_j, note, made):
        value = plain(names["gfn_em"](x, start, iterations, steps, rate))
    return {"value": value, **moves(made), "notes": note.kept}


@contextlib.contextmanager
def given_logits(
    policy: Any, of_i: np.ndarray, of_j: np.ndarray, note: Callable, made: list
) -> Iterator[None]:
    """While this holds, models of the class `policy` return given logits, plus weights of their own.

    The class itself changes, so that its other methods, and `super(Policy, self)`, go on to work.
    """
    make, call = policy.__init__, policy.call

    def make_with_shift(self, *arguments, **options):
        make(self, *arguments, **options)
        self.shift_of_logits = self.add_weight(
            name="shift_of_logits", shape=(len(of_i) + of_j.shape[1] + 1,), initializer="zeros"
        )
        made.append((self, [np.array(weight) for weight in self.weights]))

    def call_noted(self, x, i_one_hot, **options):
        x, one_hot = tf.cast(x, tf.float32), tf.cast(i_one_hot, tf.float32)
        petals = tf.matmul(one_hot, of_j)
        # log_z tells of which call it is.
        log_z = tf.reduce_sum(one_hot, axis=1, keepdims=True)
        heads = tf.concat([tf.zeros_like(one_hot) + of_i, petals, log_z], axis=1)
        # Which supercluster was chosen, -1 where none was.
        chosen = tf.where(tf.reduce_any(one_hot != 0, axis=1), tf.argmax(one_hot, axis=1), -1)
        note("policy", x[:, 0], chosen, self.shift_of_logits)
        # All weights have a gradient, as optimizers written by hand expect.
        others = tf.add_n([tf.reduce_sum(weight) for weight in self.trainable_variables])
        heads += self.shift_of_logits + 0.0 * others
        logits_i, logits_j, log_z = tf.split(heads, [*of_j.shape, 1], axis=1)
        return logits_i, logits_j, log_z[:, 0]

    policy.__init__, policy.call = make_with_shift, call_noted
    try:
        yield
    finally:
        policy.__init__, policy.call = make, call
