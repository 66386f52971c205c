"""What names stand for when a task is judged, after a notebook's last cells gave them other values."""

import functools
import math
import types

import numpy
import pytest

from autograder.jail.inside.bindings import Bindings, spoils


class Model:
    """A student's class; its objects can be called, as those of Keras."""

    def __call__(self):
        return 1


def function():
    return 1


class Notebook:
    """Runs statements as the worker does, and remembers what names stood for."""

    def __init__(self, *tasks):
        self.names = {}
        self.bindings = Bindings(self.names, tasks)

    def run(self, given=(), without=(), **names):
        self.names.update(names)
        for name in without:
            del self.names[name]
        self.bindings.note(given)

    def judged(self, task):
        return self.bindings.for_task(task, dict(self.names))


def test_what_given_names_are_later_harms_no_task_before():
    notebook = Notebook("f", "g")
    notebook.run(given=["np", "STD"], np=numpy, STD=0.25)
    notebook.run(f=function)
    notebook.run(STD=1.0)
    notebook.run(g=function)
    notebook.run(np=3, STD=2.0)
    f, g = notebook.judged("f"), notebook.judged("g")
    assert f["np"] is g["np"] is numpy and (f["STD"], g["STD"]) == (0.25, 1.0)


def test_a_function_below_a_task_in_its_cell_hides_a_given_one():
    notebook = Notebook("f")
    notebook.run(given=["near", "far", "np"], near=len, far=len, np=numpy)
    notebook.run(f=function)
    notebook.run(near=function, np=3)
    notebook.bindings.end_cell()
    notebook.run(far=function)
    notebook.bindings.end_cell()
    judged = notebook.judged("f")
    assert judged["near"] is function and judged["far"] is len and judged["np"] is numpy


def test_given_arrays_that_are_changed_in_place_are_what_they_were():
    notebook = Notebook("f")
    notebook.run(given=["OFFSETS", "LINES"], OFFSETS=numpy.ones(2), LINES=["-"])
    notebook.names["OFFSETS"] *= 2
    notebook.run(f=function)
    notebook.names["OFFSETS"] *= 3
    notebook.names["LINES"].append("x")
    for _ in range(2):  # nor do the calls of a task change what the next one is judged with
        judged = notebook.judged("f")
        assert judged["OFFSETS"].tolist() == [2, 2] and judged["LINES"] == ["-"]
        judged["OFFSETS"] *= 5


def test_a_given_cell_below_a_task_sets_what_it_is_judged_with():
    notebook = Notebook("f")
    notebook.run(f=function, STD=None)
    notebook.run(given=["STD", "K"], STD=0.25, K=5)
    notebook.run(STD=2.0, K=None)
    assert (notebook.judged("f")["STD"], notebook.judged("f")["K"]) == (0.25, 5)


def test_names_of_the_students_own_keep_their_last_values():
    notebook = Notebook("f")
    notebook.run(EPS=None, COUNT=0, f=function)
    notebook.run(EPS=1e-6, COUNT=3, below=function)
    judged = notebook.judged("f")
    assert (judged["EPS"], judged["COUNT"], judged["below"]) == (1e-6, 3, function)


@pytest.mark.parametrize("result", [3.0, None, "text", numpy.zeros(2)])
def test_a_function_whose_name_holds_a_result_is_still_that_function(result):
    notebook = Notebook("f", "later")
    notebook.run(f=function, helper=math.exp, later=function)
    notebook.run(f=result, helper=result, later=result, below=function)
    notebook.run(below=result, max=result)
    judged = notebook.judged("f")
    assert judged["f"] is judged["later"] is judged["below"] is function
    assert judged["helper"] is math.exp and judged["max"] is max


def test_deleted_names_are_there_again():
    notebook = Notebook("f", "Later")
    notebook.run(TABLE=[1], f=function)
    notebook.run(Later=Model)
    notebook.run(without=["TABLE", "Later"])
    assert notebook.judged("f")["TABLE"] == [1] and notebook.judged("f")["Later"] is Model


def test_a_class_stays_a_class_until_it_is_another():
    notebook = Notebook("Model")
    notebook.run(Model=Model)
    notebook.run(Model=Model())
    assert notebook.judged("Model")["Model"] is Model
    better = type("Model", (Model,), {})
    notebook.run(Model=better)
    notebook.run(Model=better())
    assert notebook.judged("Model")["Model"] is better


def test_what_wraps_a_function_or_makes_objects_counts_in_its_place():
    keras_like = type("Loss", (), {"__module__": "keras.src.losses", "__call__": function})
    assert not any(spoils(new, function) for new in (functools.partial(function), Model(), Model, len))
    makers = functools.partial(Model), function, type("M", (Model,), {})
    assert not any(spoils(new, Model) for new in makers)
    assert spoils(keras_like(), function) and spoils(Model(), Model) and spoils(function, types)
    assert not spoils(math, types) and not spoils(3, 4)
