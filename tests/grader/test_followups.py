"""Questions that come after: in as few forks as possible, none of them lost. No student code runs here."""

import itertools

import pytest

from autograder.engine import plan
from autograder.engine.assignment import Question
from autograder.engine.followups import NO_ANSWER, FollowUps, in_step, one_round, together
from autograder.engine.judge import Answer

FUNCTIONS = {"a": "f", "b": "g"}


class Talk:
    """Answers every question with its number; the fork ends in questions whose probe is "hang"."""

    def __init__(self, seconds=0.5):
        self.forks, self.count, self.seconds = [], itertools.count(), seconds

    def once(self, chapters, seconds, then):
        answers, asked, self.forks = {}, list(chapters), [*self.forks, []]
        while asked:
            plan.check_invariant([*self.forks[-1], *asked])
            self.forks[-1] += asked
            for chapter in asked:
                for question in chapter.questions:
                    if question["probe"] == "hang":
                        return answers, question["name"], self.seconds
                    answers[question["name"]] = Answer("answer", {"n": next(self.count)})
            asked = then(answers)
        return answers, None, self.seconds


def held(generators, seconds=0.5):
    talk = Talk(seconds)
    return FollowUps(talk.once, FUNCTIONS).hold(in_step(generators)), talk.forks


def rounds(*questions):
    """A generator that asks one question after another, and returns what was answered."""
    answers = []
    for question in questions:
        answers += yield [question]
    return answers


OWN, SHOWS_F, SHOWS_G = Question("p", ()), Question("p", (), ("f",)), Question("p", (), ("g",))
HANG, PUT_RIGHT = Question("hang", ()), Question("p", (), watch=("f",), replace=({"call": 0},))


def test_rounds_that_may_share_a_fork_do():
    found, forks = held({"a": rounds(OWN, OWN, OWN), "b": rounds(OWN), "b again": one_round([OWN, OWN])})
    assert len(forks) == 1 and {key: len(answers) for key, answers in found.items()} == {
        "a": 3,
        "b": 1,
        "b again": 2,
    }
    numbers = [answer.data["n"] for answers in found.values() for answer in answers]
    assert len({*numbers}) == 6
    seeds = [chapter.seed for chapter in forks[0]]
    assert len({*seeds}) == len(seeds)


@pytest.mark.parametrize("shows", [SHOWS_F, PUT_RIGHT])
def test_no_task_is_asked_after_its_right_values_were_shown(shows):
    found, forks = held({"b": rounds(shows, OWN), "a": rounds(OWN, OWN)})
    assert len(forks) == 2 and all(answer.arrived for answers in found.values() for answer in answers)


def test_own_functions_are_not_asked_after_right_ones():
    # A function that TensorFlow has traced would keep calling the right ones.
    assert len(held({"b": rounds(SHOWS_F, OWN)})[1]) == 2
    assert len(held({"b": rounds(SHOWS_F, SHOWS_F)})[1]) == 1


def test_tasks_that_show_each_others_functions_take_turns():
    found, forks = held({"a": rounds(SHOWS_G), "b": rounds(SHOWS_F)})
    assert len(forks) == 2 and all(answers[0].arrived for answers in found.values())


def test_who_hangs_loses_its_own_answers_alone():
    found, forks = held({"a": rounds(OWN, HANG, OWN), "b": rounds(OWN, OWN, OWN)})
    assert [answer.arrived for answer in found["a"]] == [True, False, True]
    assert all(answer.arrived for answer in found["b"])


def test_what_there_is_no_time_for_has_no_answer():
    found, forks = held({"a": rounds(*[HANG] * 9), "b": rounds(*[OWN] * 9)}, seconds=8.0)
    assert found["a"] == [NO_ANSWER] * 9
    assert len(forks) == 3 and found["b"][0].arrived and found["b"][-1] == NO_ANSWER


def test_a_generator_that_fails_is_left_out():
    def failing():
        yield [OWN]
        raise ValueError

    assert {*held({"a": failing(), "b": rounds(OWN, OWN)})[0]} == {"b"}
    assert held({})[0] == {}


def test_rounds_of_several_kinds_share_forks():
    def one_after_the_other():
        first = yield from in_step({"b": rounds(OWN)})
        return first, (yield from in_step({"b": rounds(OWN)}))

    talk = Talk()
    both = together([in_step({"a": rounds(OWN)}), one_after_the_other()])
    found = FollowUps(talk.once, FUNCTIONS).hold(both)
    numbers = [found[0]["a"], *(part["b"] for part in found[1])]
    assert len(talk.forks) == 1 and len({answers[0].data["n"] for answers in numbers}) == 3
