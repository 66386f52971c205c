"""The sample class in `examples/submitted`: right answers in two styles, typical mistakes, a hostile one.

The points are what the contract's scale of partial credit gives, written out by hand.
"""

import json
import shutil
from pathlib import Path

import formgrader
import pytest

from autograder.course import directory as course
from autograder.course import gradebook
from autograder.course import grading_run as classes
from autograder.course.workers import Workers
from autograder.engine import answers, scale
from autograder.jail import DEFAULT_LIMITS, JailUnavailable

pytestmark = pytest.mark.usefixtures("worker_of_the_class")

ASSIGNMENT = "gmm-two-ways"
EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "submitted"
HALF_FINISHED = "José María"
# Handed in under a name that comes first: all others are graded after it, by the same worker.
HOSTILE = "A. Mallory"
FOLDERS = {HOSTILE: "mallory"}  # other students have a folder of their own name
# A loop without end takes all of its time, twice.
RUNNING = classes.Running(DEFAULT_LIMITS._replace(task_seconds=5), jobs=1)

FULL = {
    "make_data": 5,
    "mixture_likelihood": 25,
    "gmm_model": 15,
    "loss": 4,
    "train": 4,
    "mixture_posterior_logits": 15,
    "mstep": 15,
    "emgmm_model": 8,
}
# Student -> score, and each task that is not simply right: points, outcome, ids of its findings.
EXPECTED = {
    "ada": (91, {}),
    "bela": (91, {}),
    "chen": (
        70,
        {
            # exp underflows far from all components, in both functions: 70% of each
            "mixture_likelihood": (17.5, "partial", ["unstable-in-the-tails"]),
            "mixture_posterior_logits": (10.5, "partial", ["unstable-in-the-tails"]),
            "gmm_model": (6, "partial", ["tf-variable-not-tracked"]),  # 40%
            "mstep": (15, "correct", ["empty-component"]),  # advice
        },
    ),
    "dora": (
        78.2,
        {
            # (N,) costs 2, right at (K,) only costs 3; the helper's fault is not charged a second time
            "mixture_likelihood": (20, "partial", ["softmax-over-size-1-axis", "wrong-shape"]),
            "mixture_posterior_logits": (15, "correct", ["charged-once"]),
            "mstep": (12, "partial", ["divided-by-n"]),  # two parts of three, and 40% of the third
            "emgmm_model": (3.2, "partial", ["normalised-over-data"]),  # 40%
        },
    ),
    "emil": (
        61,
        {
            "mixture_likelihood": (15, "partial", ["two-pi-missing"]),  # 60%
            "gmm_model": (6, "partial", ["symmetric-start"]),  # 40%
            "mixture_posterior_logits": (6, "partial", ["probabilities-for-logits"]),  # 40%
            "mstep": (13, "partial", ["variance-for-sigma"]),  # two parts of three, and 60% of the third
            "emgmm_model": (8, "correct", []),  # right together with the probabilities above
        },
    ),
    "fatima": (
        79.2,
        {
            "make_data": (2, "partial", ["sigma-not-exponentiated"]),  # 40%
            "loss": (2.4, "partial", ["sign"]),  # 60%
            "train": (1.6, "partial", ["new-optimizer-each-step"]),  # 40%
            "mstep": (15, "correct", ["empty-component"]),  # advice
            "emgmm_model": (3.2, "partial", ["logits-for-probabilities"]),  # 40%
        },
    ),
    HALF_FINISHED: (
        45,
        {
            "loss": (0, "error", ["raised"]),
            "train": (0, "missing", []),
            "mixture_posterior_logits": (0, "missing", []),
            "mstep": (0, "missing", []),
            "emgmm_model": (0, "missing", []),
        },
    ),
    HOSTILE: (
        5,
        {
            "mixture_likelihood": (0, "timeout", ["timeout"]),
            "gmm_model": (0, "crashed", ["crashed"]),
            "loss": (0, "error", ["raised"]),
            "train": (0, "crashed", ["crashed"]),
            "mixture_posterior_logits": (0, "crashed", ["malformed"]),  # writes to the grader's socket
            "mstep": (0, "error", ["raised"]),
            "emgmm_model": (0, "error", ["raised"]),
        },
    ),
}


# `make test-slow` grades them, too; their verdicts are frozen in tests/golden, and `test_attacks` has quick
# attacks beside honest answers.
OTHERS = {"bela", "chen", "dora", "fatima", HOSTILE}
CLASS = EXPECTED.keys() - OTHERS
each_student = pytest.mark.parametrize(
    "student", [pytest.param(student, marks=[pytest.mark.slow] * (student in OTHERS)) for student in EXPECTED]
)


def new_course(root, students):
    """A course with these submissions of the sample class, whose secret is always the same."""
    made = course.init(root)
    (root / course.SECRET_FILE).write_text("sample class")
    for student in students:
        shutil.copytree(EXAMPLES / FOLDERS.get(student, student), root / "submitted" / student)
    return made


def grade(place, students=None, running=RUNNING, **how):
    return classes.grade(place, ASSIGNMENT, students, running, **how)


def grades_file(place):
    return place.reports(ASSIGNMENT) / "grades.json"


@pytest.fixture(scope="module")
def graded_once(tmp_path_factory):
    made = new_course(tmp_path_factory.mktemp("sample") / "course", CLASS)
    grade(made)
    return made


@pytest.fixture(scope="module")
def report(graded_once):
    return json.loads(grades_file(graded_once).read_text())


@pytest.fixture(scope="module")
def graded_others(tmp_path_factory):
    made = new_course(tmp_path_factory.mktemp("others") / "course", OTHERS)
    grade(made)
    return made


@pytest.fixture(scope="module")
def others(graded_others):
    return json.loads(grades_file(graded_others).read_text())


@pytest.fixture
def row_of(request):
    """The function from a student to the row in the report of those who were graded together."""

    def find(student):
        graded = request.getfixturevalue("others" if student in OTHERS else "report")
        return graded["students"][student]

    return find


def test_the_table_is_the_whole_class(report):
    assert sorted(path.name for path in EXAMPLES.iterdir()) == sorted(
        FOLDERS.get(student, student) for student in EXPECTED
    )
    assert list(report["students"]) == sorted(CLASS)
    assert report["max_score"] == 100


@each_student
def test_points_outcomes_and_named_mistakes(row_of, student):
    row, (score, exceptions) = row_of(student), EXPECTED[student]
    expected = {task: (points, "correct", []) for task, points in FULL.items()} | exceptions
    got = {
        name: (task["points"], task["outcome"], sorted(finding["id"] for finding in task["findings"]))
        for name, task in row["tasks"].items()
    }
    assert got == expected
    assert {name: task["max"] for name, task in row["tasks"].items()} == FULL
    assert row["status"] == "graded"
    assert row["score"] == score


@each_student
def test_only_written_answers_wait_for_a_person(row_of, student):
    assert row_of(student)["manual_pending"] == (4 if student == HALF_FINISHED else 9)


def test_an_exception_is_reported_with_its_line(report):
    (finding,) = report["students"][HALF_FINISHED]["tasks"]["loss"]["findings"]
    assert "name 'log_px' is not defined" in finding["message"]
    assert "line 4" in finding["message"]


def test_sentences_for_students_hold_no_ids(report):
    findings = [
        finding
        for row in report["students"].values()
        for task in row["tasks"].values()
        for finding in task["findings"]
    ]
    ids = {finding["id"] for finding in findings if "-" in finding["id"]}
    assert "two-pi-missing" in ids
    for finding in findings:
        assert not [id for id in ids if id in finding["message"] + finding["hint"]]


@pytest.mark.slow  # test_submission merges such cells
def test_a_copied_cell_is_flagged(report, others):
    rows = report["students"] | others["students"]
    flags = {student: [flag["id"] for flag in row["flags"]] for student, row in rows.items()}
    assert flags["fatima"] == ["duplicate-cell"]
    assert not any("duplicate-cell" in flags[student] for student in ("ada", "emil"))


def test_every_student_has_a_graded_notebook_with_the_released_tests(graded_once):
    released = json.loads(graded_once.release(ASSIGNMENT).read_text())
    tests = {c["id"]: c["source"] for c in released["cells"] if c["id"].startswith("test-")}
    for student in CLASS:
        cells = json.loads(graded_once.autograded(student, ASSIGNMENT).read_text())["cells"]
        assert {c["id"]: c["source"] for c in cells if c["id"].startswith("test-")} == tests


def test_grading_again_takes_the_kept_results(graded_once, monkeypatch):
    before = grades_file(graded_once).read_bytes()
    monkeypatch.setattr(classes.grading, "grade_notebook", lambda *a, **k: pytest.fail("judged again"))
    grade(graded_once)
    assert grades_file(graded_once).read_bytes() == before


@pytest.fixture
def nothing_runs(monkeypatch):
    def refuse(workers):
        raise JailUnavailable("a notebook would have run")

    monkeypatch.setattr(Workers, "launch", lambda *_: None)
    monkeypatch.setattr(Workers, "take", refuse)


def test_a_changed_judge_judges_the_same_answers_again_and_can_count_for_one_task(
    place, report, nothing_runs, monkeypatch
):
    monkeypatch.setitem(scale.SCALE.keeps, scale.Kind.TERM, 0.5)
    monkeypatch.setattr(course, "grader_version", lambda: "another judge")
    expected = json.loads(json.dumps(report))
    emil = expected["students"]["emil"]
    emil["tasks"]["mixture_likelihood"]["points"], emil["score"] = 12.5, 61 - 2.5
    assert grade(place, redo=classes.Redo(task="mixture_likelihood")) == expected
    everything = grade(place)["students"]
    assert everything["emil"]["tasks"]["mstep"]["points"] == 12.5
    for student in CLASS - {"emil"}:
        assert everything[student] == report["students"][student]


@pytest.mark.parametrize("how", [{}, {"judge": True}, {"task": "mstep"}])
def test_answers_to_another_interview_are_refused(place, nothing_runs, monkeypatch, how):
    monkeypatch.setattr(answers, "asking_version", lambda python: "another worker")
    with pytest.raises(JailUnavailable, match="a notebook would have run"):
        grade(place, redo=classes.Redo(**how))


@pytest.mark.parametrize(
    "how",
    [
        {"redo": classes.Redo(run=True)},
        {"running": RUNNING._replace(full=True)},
        {"running": RUNNING._replace(limits=DEFAULT_LIMITS)},
    ],
)
def test_answers_under_other_conditions_are_not_taken(place, nothing_runs, how):
    with pytest.raises(JailUnavailable, match="a notebook would have run"):
        grade(place, **how)


def test_nbgraders_own_commands_give_the_same_grades_and_run_nothing_outside(report, tmp_path):
    place = new_course(tmp_path / "course", ["emil"])
    path = place.submissions(ASSIGNMENT)["emil"].path
    notebook = json.loads(path.read_text())
    trap = {
        "cell_type": "code",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        "id": "trap",
        "source": f"open({str(tmp_path / 'sprung')!r}, 'w').close()",
    }
    notebook["cells"].insert(0, trap)
    path.write_text(json.dumps(notebook))
    commands = formgrader.buttons(place.root)
    for done in (commands.autograde(ASSIGNMENT, "emil"), commands.generate_feedback(ASSIGNMENT)):
        assert done["success"], done
    assert not (tmp_path / "sprung").exists()
    row = json.loads(grades_file(place).read_text())["students"]["emil"]
    assert row["tasks"] == report["students"]["emil"]["tasks"] and row["score"] == 61
    with gradebook.opened(place) as book:
        entry = book.find_submission(ASSIGNMENT, "emil")
        assert (entry.score, entry.needs_manual_grade) == (61, True)
        entered = {g.name: (g.auto_score, g.needs_manual_grade) for g in entry.notebooks[0].grades}
    assert entered["test_mixture_likelihood"] == (15, False)
    assert entered["means_mse"] == (None, True)
    assert "15 of 25 points: partial" in place.feedback("emil", ASSIGNMENT).read_text()


# That they survive a run is quick in `test_nothing_lost`, where nothing runs.
@pytest.mark.parametrize(
    "redo", [classes.Redo(judge=True), pytest.param(classes.Redo(run=True), marks=pytest.mark.slow)]
)
def test_entered_scores_survive_grading_again(place, report, redo):
    entered = {"expected_density": 3.0, "test_loss": 2.0}
    with gradebook.opened(place) as book:
        for name, points in entered.items():
            book.find_grade(name, ASSIGNMENT, ASSIGNMENT, HALF_FINISHED).manual_score = points
        comment = book.find_comment("expected_density", ASSIGNMENT, ASSIGNMENT, HALF_FINISHED)
        comment.manual_comment = "And how fine must the grid be?"
        book.db.commit()

    again = grade(place, [HALF_FINISHED], redo=redo)["students"]

    with gradebook.opened(place) as book:
        grades = book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, HALF_FINISHED).grades
        assert {g.name: g.manual_score for g in grades if g.manual_score is not None} == entered
        comment = book.find_comment("expected_density", ASSIGNMENT, ASSIGNMENT, HALF_FINISHED)
        assert comment.comment == "And how fine must the grid be?"
    assert again[HALF_FINISHED]["score"] == 45 + 3 + 2
    assert again[HALF_FINISHED]["manual_pending"] == 0
    assert again[HALF_FINISHED]["tasks"] == report["students"][HALF_FINISHED]["tasks"]
    for student in CLASS - {HALF_FINISHED}:
        assert again[student] == report["students"][student]


@pytest.mark.slow  # `test_attacks` asks honest students before and after quick attacks
def test_others_do_not_depend_on_the_hostile_one(others, tmp_path):
    students = ["chen", "fatima"]
    alone = grade(new_course(tmp_path / "course", students))["students"]
    assert alone == {student: others["students"][student] for student in students}


@pytest.mark.slow  # what each attack of `test_attacks` may learn and gain
def test_the_hostile_one_learns_and_gains_nothing(graded_others, others):
    row = others["students"][HOSTILE]
    assert sum(task["points"] for task in row["tasks"].values()) == row["score"] == 5
    assert "bonus" not in row["tasks"] and "test_bonus" not in row["tasks"]
    assert graded_others.secret() == "sample class"
    assert "sample class" not in json.dumps(row)
