"""Which questions share a fork: no task is ever asked where its right function was shown."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.engine import plan
from autograder.engine.assignment import Question

NAMES = "abcdefg"
USED = settings.default  # when the tests below are decorated
stand_ins = st.lists(st.sampled_from(NAMES), max_size=4, unique=True).map(tuple)
put_right = st.one_of(st.just({}), st.builds(lambda names: {"watch": names, "replace": [0]}, stand_ins))
chapter = st.builds(
    lambda task, shown, number, put: plan.Chapter(task, shown, number, [{"name": f"{task} {number}"} | put]),
    st.sampled_from(NAMES),
    stand_ins,
    st.integers(0, 9),
    put_right,
)
plans = st.lists(chapter, max_size=20)


def seen_too_early(chapters):
    """Tasks that are asked about after, or with, their right function, found by looking at each pair."""
    return [
        later.task
        for place, later in enumerate(chapters)
        for earlier in chapters[: place + 1]
        if later.task in (*earlier.stand_ins, *earlier.questions[0].get("watch", ()))
    ]


def test_examples_are_the_same_on_every_machine():
    assert USED.deadline is None and USED.derandomize


@given(plans)
def test_no_task_is_asked_where_its_right_function_was_shown(chapters):
    chosen = plan.shared_fork(chapters)
    assert seen_too_early(chosen) == []
    plan.check_invariant(chosen)


@given(plans)
def test_a_task_is_in_a_fork_with_all_of_its_chapters_or_with_none(chapters):
    chosen = plan.shared_fork(chapters)
    assert all(chapter in chapters for chapter in chosen)
    in_it = {chapter.task for chapter in chosen}
    assert sorted(map(repr, chosen)) == sorted(repr(c) for c in chapters if c.task in in_it)


@given(plans)
def test_who_needs_nobody_is_always_in_it(chapters):
    alone = {c.task for c in chapters} - {c.task for c in chapters if c.shows}
    assert alone <= {chapter.task for chapter in plan.shared_fork(chapters)}


@given(plans)
def test_all_are_asked_in_the_end(chapters):
    """Forks follow one another until nobody is left, but for a task that would see its own right function."""
    chapters = [c for c in chapters if c.task not in c.shows]
    for _ in range(len(NAMES)):
        in_it = {chapter.task for chapter in plan.shared_fork(chapters)}
        chapters = [chapter for chapter in chapters if chapter.task not in in_it]
    assert chapters == []


@given(plans, plans)
def test_what_follows_in_the_same_fork_keeps_the_same_rules(before, chapters):
    before = plan.shared_fork(before)
    if plan.may_follow(before, chapters):
        assert seen_too_early([*before, *chapters]) == []
        shown = [bool(chapter.stand_ins) for chapter in [*before, *chapters]]
        assert not any(shown[: len(before)]) or all(shown[len(before) :])


@given(plans)
def test_the_check_before_each_fork_refuses_exactly_the_plans_that_show_too_early(chapters):
    if seen_too_early(chapters):
        with pytest.raises(RuntimeError, match="was planned after its right function"):
            plan.check_invariant(chapters)
    else:
        plan.check_invariant(chapters)


def test_own_functions_are_asked_before_any_stand_in_comes():
    # As `FollowUps` may ask: fallbacks with right functions must not come before what they solve.
    asked = {
        "gfn_em": {
            "mean": Question("p", (), ("Policy",)),
            "sum": Question("p", (), ("Policy",), fallback=True),
        },
        "Policy": {"own": Question("p", (), fallback=True), "first": Question("p", ())},
    }
    chapters = [c for task in asked for c in plan.chapters_of(task, asked[task], 1, f"{task} {{}}")]
    order = [q["name"] for chapter in plan.shared_fork(chapters) for q in chapter.questions]
    assert order == ["Policy own", "Policy first", "gfn_em mean", "gfn_em sum"]
