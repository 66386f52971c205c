"""Questions that come after the verdicts, asked in as few forks as possible.

What is asked next may depend on what was answered, so it is written as a generator: it yields
[Question] and is sent [Answer]. Several run in step, and go on in the same fork as long as one may.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, TypeVar

from autograder.engine import plan
from autograder.engine.assignment import Question
from autograder.engine.judge import Answer, Answers, Came

Returned = TypeVar("Returned")
Asking = Generator[list[Question], Any, Returned]  # is sent [Answer]
Rounds = Generator[dict[str, list[Question]], Any, Returned]  # is sent {key: [Answer]}
# Seconds for the questions of one fork, and of all forks.
FORK_SECONDS, SECONDS = 8.0, 20.0
PURPOSE = "follow-up"  # the seeds of all draws are made from it
NO_ANSWER = Answer(Came.TIMEOUT, {})


def one_round(questions: list[Question]) -> Asking[list[Answer]]:
    """The answers to questions that depend on nothing before."""
    return (yield questions)


def together(rounds: Sequence[Rounds[Any]]) -> Rounds[list[Any]]:
    """[what each returned]; all ask what they ask at the same time.

    Each yields {key: [Question]} and is sent {key: [Answer]}, and so does this one.
    """
    returned: dict[int, Any] = {}
    replies = dict.fromkeys(range(len(rounds)))
    while replies:
        asked = {}
        for place, reply in replies.items():
            try:
                asked[place] = rounds[place].send(reply)
            except StopIteration as end:
                returned[place] = end.value
        answers = (yield {key: part[key] for part in asked.values() for key in part}) if asked else {}
        replies = {place: {key: answers[key] for key in part} for place, part in asked.items()}
    return [returned[place] for place in range(len(rounds))]


def in_step(generators: Mapping[str, Asking[Any]]) -> Rounds[dict[str, Any]]:
    """{key: what its generator returned}, without those that failed; see `together`.

    Each generator yields [Question] and is sent [Answer].
    """
    returned: dict[str, Any] = {}
    yield from together([_keyed(key, generator, returned) for key, generator in generators.items()])
    return returned


def _keyed(key, generator, returned):
    """Rounds of one generator, which notes what it returned."""
    reply = None
    try:
        while True:
            reply = (yield {key: generator.send(reply)})[key]
    except StopIteration as end:
        returned[key] = end.value
    except Exception:  # noqa: BLE001 - the verdict is right without what it looked for
        return


class FollowUps:
    """Asks what rounds yield, and sends them the answers.

    Args:
        ask: `interview.Conversations.once`.
        functions: {task id: name of its function}.
    """

    def __init__(self, ask: Callable[..., Any], functions: dict[str, str]) -> None:
        self.ask, self.functions, self.left = ask, functions, SECONDS
        self.asked: dict[str, list[Question]] | None = None
        self.answers: Answers = {}
        self.missing: list[plan.Chapter] = []

    def hold(self, rounds: Rounds[Returned]) -> Returned:
        """What the rounds returned; see `together`. The first word of a key is the id of a task."""
        self.rounds, self.number, self.over, self.asked = rounds, 0, False, None
        self.begin_round()
        while not self.over:
            if self.missing and self.left > 0:
                self.hold_fork()
            else:
                self.begin_round()
        return self.returned

    def hold_fork(self) -> None:
        self.fork, number = plan.shared_fork(self.missing), self.number
        before = len(self.missing)
        answers, last, seconds = self.ask(self.fork, min(self.left, FORK_SECONDS), self.more)
        self.left -= seconds
        self.take(answers)
        if last is not None:  # the others get another fork; the one that ended it has had its time
            self.missing = [c for c in self.missing if key_of(c.questions[0]["name"]) != key_of(last)]
        elif number == self.number and len(self.missing) == before:
            self.missing = []

    def more(self, answers: Answers) -> list[plan.Chapter]:
        """The chapters that follow in the same fork, once all of this round was answered."""
        self.take(answers)
        if self.missing:
            return []
        self.begin_round()
        following = plan.shared_fork(self.missing)
        if not plan.may_follow(self.fork, following):
            return []
        self.fork = [*self.fork, *following]
        return following

    def begin_round(self) -> None:
        try:
            self.asked = self.rounds.send(self.replies())
        except StopIteration as end:
            self.returned, self.over, self.asked = end.value, True, {}
        self.number += 1
        self.answers, self.missing = {}, []
        for key, questions in self.asked.items():
            # Each round draws anew: the same seed twice in a fork would not draw the same again.
            seed = plan.seed_words(PURPOSE, key, self.number)[0]
            function, named = self.functions[key.split()[0]], dict(enumerate(questions))
            self.missing += plan.chapters_of(function, named, seed, f"{key} {self.number}.{{}}")

    def replies(self) -> dict[str, list[Answer]] | None:
        if self.asked is None:
            return None
        return {
            key: [self.answers.get(f"{key} {self.number}.{n}", NO_ANSWER) for n in range(len(questions))]
            for key, questions in self.asked.items()
        }

    def take(self, answers: Answers) -> None:
        self.answers.update(answers)
        names = {question["name"] for chapter in self.missing for question in chapter.questions}
        parts = [chapter.only(names - {*answers}) for chapter in self.missing]
        self.missing = [part for part in parts if part.questions]


def key_of(name: str) -> str:
    """The key that a question belongs to."""
    return name.rpartition(" ")[0]
