"""What other libraries keep to themselves and the grader uses: each must still be what it was."""

import _multiprocessing
import ast
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from test_jail import value_of

import autograder
from autograder.authoring import loading
from autograder.jail.inside import semaphores
from autograder.tasks import gflownet_em

PACKAGE = Path(autograder.__file__).parent
INSIDE = PACKAGE / "jail" / "inside"
# {file: private names of other libraries that it may use}.
KNOWN = {
    "jail/inside/worker.py": {"_context", "_context_handle", "_seed", "_rng"},
    "tasks/gflownet_em/inside/probes.py": {"_flatten_layers", "_non_trainable_variables"},
}
OF_THE_LANGUAGE = {"_replace", "_asdict", "_fields", "_exit"}
PROBES: dict = {}
exec(loading.probes(gflownet_em.INSIDE / "probes.py"), PROBES)


def private_names(path):
    """Attributes that begin with one underscore, and that nothing in the file defines."""
    tree = ast.parse(path.read_text())
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            of_own_object = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            names = [] if of_own_object else [node.attr]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("getattr", "hasattr", "setattr"):
            names = [arg.value for arg in node.args[1:2] if isinstance(arg, ast.Constant)]
        else:
            continue
        yield from (n for n in names if n.startswith("_") and not n.startswith("__") and n not in own)


def test_they_are_used_in_these_places_alone():
    for path in PACKAGE.rglob("*.py"):
        found = set(private_names(path)) - OF_THE_LANGUAGE
        assert found == KNOWN.get(path.relative_to(PACKAGE).as_posix(), set()), path


# Asked in a fork of the worker, where nothing ran before.
OF_THE_WORKER = """
import sys
import numpy as np
import tensorflow as tf
frame = sys._getframe()
while "seed_tensorflow" not in frame.f_globals:
    frame = frame.f_back
worker = frame.f_globals
before = worker["tensorflow_has_run"]()
tf.constant(1)
after = worker["tensorflow_has_run"]()
worker["seed_tensorflow"](7)
ours = tf.random.normal([4]).numpy()
tf.random.set_seed(7)
return np.array([before, after, (ours == tf.random.normal([4]).numpy()).all()])
"""


def test_the_worker_knows_whether_tensorflow_ran_and_its_seed_draws_what_tensorflows_own_draws(worker):
    assert value_of(worker, OF_THE_WORKER.strip()).tolist() == [False, True, True]


class Nested(keras.Model):
    def __init__(self):
        super().__init__()
        self.outer = keras.Sequential([keras.layers.Dense(2), keras.layers.Dense(3)])
        self.scale = self.add_weight(name="scale", shape=(), trainable=False)

    def call(self, x):
        return self.scale * self.outer(x)


def test_all_layers_of_a_model_are_found_and_what_each_does_not_train():
    model = Nested()
    model(tf.zeros([1, 2]))
    layers = PROBES["layers_of"](model)
    assert {model, model.outer, *model.outer.layers} <= set(layers)
    assert [id(v) for v in PROBES["frozen_in"](model)] == [id(model.scale)]
    assert not any(PROBES["frozen_in"](layer) for layer in model.outer.layers)


def test_semaphores_have_what_multiprocessing_asks_of_the_systems_own():
    asked = {name for name in dir(_multiprocessing.SemLock) if not name.startswith("__")}
    ours = semaphores.SemLock(1, 1, 1, "", True)
    assert asked - {"_rebuild"} <= set(dir(ours)), asked - set(dir(ours))
    assert ours.acquire(timeout=0.0) and not ours.acquire(block=False)
    np.testing.assert_equal(ours._count(), 1)
