"""What `gfn_em` does with its policy, told from notes that a simulated student leaves."""

import numpy as np
import pytest

from autograder.engine.interview import questions_of
from autograder.engine.judge import Answer
from autograder.tasks import load
from autograder.tasks.gflownet_em import oracle, paths

RULES = load("gflownet-em")
C, P = len(paths.SUPERCLUSTERS), oracle.PETALS


def question(secret="paths"):
    return questions_of(RULES, secret)["gfn_em"]["paths"]


def softmax(logits):
    exps = np.exp(logits - logits.max(-1, keepdims=True))
    return exps / exps.sum(-1, keepdims=True)


def log_density(x, centre):
    """log p(x, i, j) at a leaf, up to no constant: 16 leaves, two dimensions, sigma 1/4."""
    return -8.0 * ((x - centre) ** 2).sum(-1) - np.log(2 * np.pi / 16) - np.log(16)


class Student:
    """Notes and means of a gfn_em in NumPy; a mistake overrides one of its methods or attributes."""

    explores, rate_factor, stale, steps_taken = 0.1, 1.0, False, paths.STEPS
    explores_at_last, log_z_of_choice, earlier = 0.0, False, False

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.x, self.start, iterations, _, self.rate, *_ = question().arguments
        self.x, self.start = np.float64(self.x), np.float64(self.start)
        self.shift, self.notes, means = np.zeros(C + P + 1), [], self.start
        for _ in range(iterations):
            for _ in range(self.steps_taken):
                self.step(self.start if self.stale else means)
            i, j = self.drawn(self.explores_at_last)
            self.note("weights", np.bincount(i, minlength=C))
            before, means = means, self.m_step(i, j, means)
            self.note("means", means)
        self.value = before if self.earlier else means

    def note(self, kind, *values):
        self.notes.append([kind, np.float32(np.concatenate([np.ravel(v) for v in values]))])

    def call(self, i):
        self.note("policy", self.x[:, 0], i, self.shift)
        if i[0] < 0:
            return np.tile(paths.SUPERCLUSTERS + self.shift[:C], (len(i), 1))
        return paths.PETALS[i] + self.shift[C:-1]

    def choose(self, logits, explores):
        p = (1 - explores) * softmax(logits) + explores / logits.shape[1]
        return (p.cumsum(1) < self.rng.random((len(p), 1))).sum(1).clip(0, logits.shape[1] - 1)

    def drawn(self, explores):
        logits_i = self.call(np.full(len(self.x), -1))
        i = self.choose(logits_i, explores)
        logits_j = self.call(i)
        j = self.choose(logits_j, explores)
        self.probabilities = softmax(logits_i)[np.arange(len(i)), i], softmax(logits_j)[np.arange(len(j)), j]
        return i, j

    def score(self, first, second):
        return np.log(first) + np.log(second)

    def reward(self, i, j, means):
        return log_density(self.x, means[i] + oracle.OFFSETS[j])

    def step(self, means):
        i, j = self.drawn(self.explores)
        log_z = np.full(len(self.x), self.shift[-1] + self.log_z_of_choice)
        self.note("loss", self.score(*self.probabilities), self.reward(i, j, means), log_z)
        self.move(self.rate_factor * self.rate * self.rng.choice([-1.0, 1.0], C + P + 1))

    def move(self, by):
        self.shift = self.shift + by

    def m_step(self, i, j, means):
        points = self.x - oracle.OFFSETS[j]
        return np.stack([points[i == k].mean(0) if np.any(i == k) else means[k] for k in range(C)])

    def answer(self, **changed):
        data = {"value": np.float32(self.value), "policies": 1, "moved": 0.1, "notes": self.notes, **changed}
        return Answer("answer", data)


def findings(student):
    return [f.id for f in paths.findings_about_paths(question(), student.answer())]


@pytest.mark.parametrize("seeds", [range(50), pytest.param(range(50, 300), marks=pytest.mark.slow)])
def test_right_students_have_no_findings(seeds):
    for seed in seeds:
        student = Student(seed)
        assert findings(student) == [] and paths.draws_are_used(question(), student.answer()) is True


MISTAKES = {
    "not-explored": {"explores": 0.0},
    "explored-too-much": {"explores": 1.0},
    "learning-rate-ignored": {"rate_factor": 0.5},
    "stale-means": {"stale": True},
    "steps-ignored": {"steps_taken": 1},
    "scored-with-exploration": {
        "score": lambda self, first, second: np.log(0.9 * first + 0.025) + np.log(0.9 * second + 0.025)
    },
    "supercluster-only": {"score": lambda self, first, second: np.log(first)},
    "petal-only": {"score": lambda self, first, second: np.log(second)},
    "log-pf-sign": {"score": lambda self, first, second: -np.log(first) - np.log(second)},
    "reward-sign": {"reward": lambda self, i, j, means: -log_density(self.x, means[i] + oracle.OFFSETS[j])},
    "half-missing": {
        "reward": lambda self, i, j, means: 2 * log_density(self.x, means[i] + oracle.OFFSETS[j])
    },
    "petals-forgotten": {"reward": lambda self, i, j, means: log_density(self.x, means[i])},
    "reward-not-logged": {
        "reward": lambda self, i, j, means: np.exp(log_density(self.x, means[i] + oracle.OFFSETS[j]))
    },
    "start-ignored": {
        "reward": lambda self, i, j, means: log_density(self.x, means[i] + 0.3 + oracle.OFFSETS[j])
    },
    "log-z-after-choice": {"log_z_of_choice": True},
    "explored-m-step": {"explores_at_last": 0.2},
    "earlier-means": {"earlier": True},
    "gradient-lost": {"move": lambda self, by: setattr(self, "shift", self.shift + by * np.eye(9)[-1])},
}


@pytest.mark.parametrize("seeds", [range(5), pytest.param(range(5, 20), marks=pytest.mark.slow)])
@pytest.mark.parametrize("id", MISTAKES)
def test_each_mistake_is_named_as_itself(id, seeds):
    mistaken = type("Mistaken", (Student,), MISTAKES[id])
    assert {tuple(findings(mistaken(seed))) for seed in seeds} == {(id,)}


class TakesTheLikeliest(Student):
    def choose(self, logits, explores):
        explored = self.rng.random(len(logits)) < explores
        return np.where(explored, self.rng.integers(0, logits.shape[1], len(logits)), logits.argmax(1))


def test_the_likeliest_choices_are_no_draws():
    assert {tuple(findings(TakesTheLikeliest(seed))) for seed in range(20)} == {("likeliest-for-draw",)}


def test_means_of_exact_em_beside_a_trained_policy_do_not_come_from_it():
    student = Student(0)
    student.value = oracle.em(student.x, student.start, paths.ITERATIONS)
    assert findings(student) == ["policy-not-used"]
    student.value = student.value + 0.4  # nor do these, and nothing says where they come from
    assert findings(student) == [] and paths.draws_are_used(question(), student.answer()) is False


@pytest.mark.parametrize(
    "changed, id",
    [
        ({"policies": 0}, "no-policy"),
        ({"moved": 0.0}, "policy-not-trained"),
        ({"policies": 10}, "policy-made-anew"),
    ],
)
def test_what_became_of_the_policy(changed, id):
    found = paths.findings_about_paths(question(), Student(0).answer(**changed))
    assert [finding.id for finding in found] == [id]


@pytest.mark.parametrize(
    "notes",
    [
        None,
        3,
        [],
        [[]],
        ["policy"],
        [["policy", None]],
        [["policy", np.zeros(2)]],
        [["loss", np.zeros(3)]],
        [["weights", np.full(4, np.nan)], ["means", np.full(8, np.inf)], ["means", np.zeros(8)]],
        [["weights", np.zeros(3)], ["weights", np.zeros((2, 2))], ["means", np.zeros(7)]],
        [["policy", np.full(209, np.nan)], ["loss", np.full(200, np.inf)]] * 20,
    ],
)
def test_notes_that_a_hostile_submission_forges_are_no_error_of_ours(notes):
    with np.errstate(all="ignore"):
        paths.findings_about_paths(question(), Student(0).answer(notes=notes))
