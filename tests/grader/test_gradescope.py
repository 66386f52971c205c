"""The autograder for Gradescope: its zip, its results, and its runs in an imitation of their container."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import jsonschema
import nbformat
import pytest
from command_line import invoked
from solved import solution
from submitted import cells_of

from autograder import tasks
from autograder.course import directory, folders, new
from autograder.course.gradescope import archive, attempts, container, results
from autograder.course.term import settings
from autograder.engine import grading, submission
from autograder.engine.grading import Result, TaskResult
from autograder.engine.judge import Finding
from autograder.engine.submission import Flag
from autograder.jail import DEFAULT_LIMITS, JailUnavailable, bubblewrap

ROOT = Path(__file__).resolve().parents[2]
A = "gmm-two-ways"
SAMPLES = sorted(path.name for path in (ROOT / "examples" / "submitted").iterdir())
SCHEMA = json.loads(Path(__file__).with_name("gradescope_schema.json").read_text())
SHOWN = results.Shown({"mstep": "Refit the components"}, "after_due_date", 9)
TASKS = {
    "mstep": TaskResult(11.0, 15, "partial", (Finding("std", "That is sigma.", "Take its logarithm."),)),
    "loss": TaskResult(4.0, 4, "correct"),
    "train": TaskResult(0.0, 4, "ungraded"),
}


def checked(told):
    jsonschema.validate(told, SCHEMA)
    return told


# --- results.json


def test_each_task_is_a_test_with_its_words():
    flags = (Flag("network-denied", "The code tried to reach the network."),)
    told = checked(results.of(Result("graded", flags, TASKS), SHOWN, 12.4))
    first, second, third = told["tests"]
    assert (first["name"], first["score"], first["max_score"]) == ("Refit the components", 11.0, 15)
    assert "Partly right." in first["output"] and "Take its logarithm." in first["output"]
    assert [t.get("status") for t in told["tests"]] == ["failed", "passed", None]
    assert "score" not in third and results.UNGRADED in third["output"]  # never 0 for a fault of ours
    assert {t["visibility"] for t in told["tests"]} | {told["visibility"]} == {"after_due_date"}
    assert "network" in told["output"] and "9 points" in told["output"] and second["name"] == "loss"


def test_what_was_not_judged_says_so_to_the_student_at_once():
    tasks_of_it = {"loss": TaskResult(0.0, 4, "missing")}
    unread = Result("unreadable", (Flag("empty", "The file is empty."),), tasks_of_it)
    told = checked(results.of(unread, SHOWN, 1))
    assert told["visibility"] == "visible" and "empty" in told["output"] and told["tests"][0]["score"] == 0
    for words in (results.UNFINISHED, results.NO_JAIL, results.FAILED):
        assert checked(results.only_words(words))["visibility"] == "visible"


# --- attempts


def metadata(*hours, now="2027-02-05T12:00:00-08:00", judged=True):
    """What Gradescope says of attempts so many hours ago."""
    moment = attempts._moment(now)
    return {
        "created_at": now,
        "previous_submissions": [
            {
                "submission_time": (moment - attempts.DAY * h / 24).isoformat(),
                "score": h,
                "results": {"score": h, "extra_data": {"judged": judged}},
            }
            for h in hours
        ],
    }


@pytest.mark.parametrize(
    ("rule", "said", "counts"),
    [
        ("2 per day", metadata(5, 3), 3),
        ("2 per day", metadata(30, 3), None),
        ("2 a day", metadata(3), None),
        ("2 in all", metadata(300, 30), 30),
        ("3 in all", metadata(300, 30), None),
        ("2/day", metadata(5, 3, judged=False), None),
        ("1 per day", {"created_at": "2027-02-05T12:00:00Z"}, None),
        (
            "1 per day",
            {
                "created_at": "2027-02-05T12:00:00Z",
                "previous_submissions": [{"submission_time": "2027-02-05T11:00:00Z", "results": None}],
            },
            None,
        ),
    ],
)
def test_attempts_are_counted_among_those_judged(rule, said, counts):
    found = attempts.last_that_counts(attempts.parsed(rule), said)
    assert (found and found["score"]) == counts


@pytest.mark.parametrize("text", ["five per day", "0 per day", "5 per week", 5, ""])
def test_a_rule_of_attempts_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="5 per day"):
        attempts.parsed(text)


def test_course_toml_says_what_students_see_and_how_often():
    wanted = {"visibility": "after_published", "attempts": "5 per day"}
    about = settings.parsed({"assignments": {"hw": {"gradescope": wanted}}}).of("hw")
    assert (about.visibility, about.attempts) == ("after_published", attempts.Attempts(5, True))
    assert settings.parsed({}).of("hw").visibility == "visible"
    for wrong in ({"visibility": "never"}, {"attempts": "often"}, {"tries": 5}):
        with pytest.raises(directory.CourseError, match="gradescope"):
            settings.parsed({"assignments": {"hw": {"gradescope": wrong}}})


# --- the zip


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return directory.init(tmp_path_factory.mktemp("gradescope") / "course")


@pytest.fixture(scope="module")
def zipped(course):
    path = course.root.parent / "autograder.zip"
    done = invoked("gradescope", A, "-o", path, "--course", course.root)
    assert done.exit_code == 0, done.output
    return path


def test_the_zip_has_the_secret_and_no_solution(course, zipped):
    assert zipped.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(zipped) as archive_:
        content = {about.filename: archive_.read(about) for about in archive_.infolist()}
        modes = {about.filename: about.external_attr >> 16 & 0o777 for about in archive_.infolist()}
    assert {*archive.PROGRAMS, "requirements.txt", "first.json", "gradescope.json"} <= content.keys()
    assert [name for name, mode in modes.items() if mode & 0o077] == []
    assert modes["setup.sh"] == modes["run_autograder"] == 0o700
    secret = course.secret().encode()
    assert [name for name, data in content.items() if secret in data] == ["course/.autograder-secret"]
    assert not [name for name in content if "solutions/" in name]
    notebooks = {name: data for name, data in content.items() if name.endswith(".ipynb")}
    assert notebooks and not [name for name, data in notebooks.items() if b"BEGIN SOLUTION" in data]
    checked(json.loads(content["first.json"]))


def test_requirements_are_pinned_by_hash():
    lines = (archive.HERE / "requirements.txt").read_text().replace("\\\n", "").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert len(pins) > 50 and all("==" in pin and "--hash=sha256:" in pin for pin in pins)
    names = {pin.partition("==")[0].lower().replace("_", "-") for pin in pins}
    assert {"tensorflow", "keras", "scipy", "nbformat", "ipython", "jinja2"} <= names
    assert len(names) == len(pins)


@pytest.fixture
def own_zip(tmp_path):
    """The zip of a course's own assignment, and its solved notebook."""
    place = directory.init(tmp_path / "own", empty=True)
    new.begin(place, "hw1")
    (place.root / "assignments" / "hw1").mkdir(parents=True)
    released = submission.read_release(place.source("hw1"))
    for cell in released.cells:
        if submission.is_answer(cell):
            cell.source = "def standardise(x):\n    raise NotImplementedError()"
    nbformat.write(released, place.release("hw1"))
    archive.written(place, "hw1", "visible", None, tmp_path / "own.zip")
    return tmp_path / "own.zip", place.source("hw1")


def test_a_course_judge_goes_along_with_its_notebook(own_zip):
    names = set(zipfile.ZipFile(own_zip[0]).namelist())
    assert {"judges/hw1.py", "solutions/hw1/hw1.ipynb", "assignments/hw1/hw1.ipynb"} <= {
        name.removeprefix("course/") for name in names
    }


# --- in the container


def laid_out(zipped, root):
    """Gradescope's folder, as it is before a submission runs."""
    with zipfile.ZipFile(zipped) as archive_:
        archive_.extractall(root / "source")
        for about in archive_.infolist():  # as unzip does
            os.chmod(root / "source" / about.filename, about.external_attr >> 16)
    for name in ("results", "submission"):
        (root / name).mkdir()
    return root


@pytest.fixture
def unpacked(zipped, tmp_path):
    return laid_out(zipped, tmp_path)


def hand_in(root, path, name=f"{A}.ipynb"):
    shutil.copyfile(path, root / "submission" / name)


def sample(student):
    return ROOT / "examples" / "submitted" / student / A / f"{A}.ipynb"


def result_in(root):
    return checked(json.loads((root / "results" / "results.json").read_text()))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (JailUnavailable("no namespaces"), results.NO_JAIL),
        (RuntimeError("the-canary"), results.FAILED),
        (SystemExit("the-canary"), results.FAILED),
    ],
)
def test_a_failure_is_told_without_anything_of_ours(error, words, unpacked, monkeypatch, capsys):
    def fail(*_):
        assert result_in(unpacked)["output"] == results.UNFINISHED
        raise error

    monkeypatch.setattr(container, "judged", fail)
    container.main(unpacked)
    assert result_in(unpacked)["output"] == words
    assert "the-canary" not in capsys.readouterr().out


def test_an_attempt_too_many_gets_the_points_of_the_last_one(unpacked, monkeypatch):
    job = json.loads((unpacked / "source" / "gradescope.json").read_text()) | {"attempts": [1, True]}
    (unpacked / "source" / "gradescope.json").write_text(json.dumps(job))
    before = results.of(Result("graded", (), TASKS), SHOWN, 1)
    said = {
        "created_at": "2027-02-05T12:00:00Z",
        "previous_submissions": [{"submission_time": "2027-02-05T11:00:00Z", "results": before}],
    }
    (unpacked / "submission_metadata.json").write_text(json.dumps(said))
    monkeypatch.setattr(container, "judged", lambda *_: pytest.fail("it was judged"))
    container.main(unpacked)
    told = result_in(unpacked)
    assert told["tests"] == before["tests"] and "1 within 24 hours" in told["output"]
    assert told["extra_data"] == {"judged": False}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (f"{A}.ipynb", b"", "The file is empty"),
        ("essay.pdf", b"%PDF", "found none"),
    ],
)
def test_what_is_no_notebook_runs_nothing(name, content, words, unpacked, monkeypatch):
    monkeypatch.setattr(container, "Worker", lambda *_: pytest.fail("a worker was started"))
    (unpacked / "submission" / name).write_bytes(content)
    container.main(unpacked)
    told = result_in(unpacked)
    assert words in told["output"] and {test["score"] for test in told["tests"]} == {0}
    assert told["extra_data"] == {"judged": False}  # it costs no attempt, and no earlier points


def test_a_notebook_in_a_folder_is_found(tmp_path, release):
    (tmp_path / "__MACOSX" / "hw").mkdir(parents=True)
    (tmp_path / "__MACOSX" / "hw" / f"{A}.ipynb").write_bytes(b"")
    (tmp_path / "hw").mkdir()
    (tmp_path / "hw" / f"{A}.ipynb").write_text(nbformat.writes(release))
    assert folders.newest_in(tmp_path, A, release) == tmp_path / "hw" / f"{A}.ipynb"


def test_the_worker_starts_before_the_judge_and_the_secret_are_read(unpacked, monkeypatch):
    order = []

    class Recorded:
        def __init__(self, *_):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        def start(self):
            order.append("worker")

    told = Result("graded", (), TASKS)
    monkeypatch.setattr(container, "Worker", Recorded)
    monkeypatch.setattr(directory.Course, "rules", lambda *_: order.append("judge"))
    monkeypatch.setattr(directory.Course, "secret", lambda *_: order.append("secret"))
    monkeypatch.setattr(grading, "judge_submission", lambda *_: order.append("judged") or told)
    hand_in(unpacked, sample("ada"))
    container.main(unpacked)
    assert order == ["worker", "judge", "secret", "judged"] and len(result_in(unpacked)["tests"]) == 3


# Of their container: no network, our files and the environment where setup.sh puts them.
def inside(root):
    """The beginning of a command line that runs a program as root in an imitation of the container."""
    program = shutil.which("bwrap") or bubblewrap.bundled_bubblewrap()
    bind = ["--tmpfs", "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
    bind += ["--bind", str(root), "/autograder", "--ro-bind", sys.prefix, "/opt/grader"]
    for path in ("/usr", "/etc", sys.base_prefix, os.path.realpath(sys.base_prefix)):
        bind += ["--ro-bind", path, path]
    for path in map(Path, ("/bin", "/lib", "/lib64", "/sbin")):
        link = path.is_symlink()
        bind += ["--symlink", os.readlink(path), path] if link else ["--ro-bind", path, path]
    return [
        program,
        "--cap-add",
        "ALL",
        "--unshare-net",
        "--unshare-pid",
        "--die-with-parent",
        *bind,
        "--clearenv",
        "--setenv",
        "PATH",
        "/usr/bin:/bin",
        "--",
    ]


def run(root, **how):
    command = [*inside(root), "/autograder/source/run_autograder"]
    return subprocess.run(command, capture_output=True, text=True, **how)


def points_of(told):
    return {test["extra_data"]["task"]: test["score"] for test in told["tests"]}


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="Gradescope runs as root, and so do these")


@pytest.mark.slow
@needs_root
@pytest.mark.parametrize("student", SAMPLES)
def test_a_sample_gets_the_points_of_grade(student, unpacked, course):
    hand_in(unpacked, sample(student))
    done = run(unpacked)
    rules, release = tasks.load(A), submission.read_release(course.release(A))
    expected = grading.grade_notebook(sample(student), release, rules, course.secret(), DEFAULT_LIMITS)
    told = result_in(unpacked)
    assert points_of(told) == {name: task.points for name, task in expected.tasks.items()}, done
    assert course.secret() not in json.dumps(told) + done.stdout + done.stderr


@pytest.mark.slow
@needs_root
def test_a_course_judge_judges_there(own_zip, tmp_path):
    zipped_, solved = own_zip
    root = laid_out(zipped_, tmp_path / "autograder")
    hand_in(root, solved, "hw1.ipynb")
    done = run(root)
    assert points_of(result_in(root)) == {"standardise": 10}, done


READS = """
import os
_seen = []
for _top in ("/autograder", "/submission", "/tmp", "/root"):
    for _folder, _, _files in os.walk(_top):
        for _name in _files:
            try:
                with open(os.path.join(_folder, _name), "rb") as _file:
                    if b"CANARY-" in _file.read(4_000_000) or _folder.startswith("/autograder"):
                        _seen.append(os.path.join(_folder, _name))
            except OSError:
                pass
def loss(model, inputs):
    raise ValueError("SEEN" + str(_seen))
"""


def hand_in_cells(root, cells):
    """Hand in the given cells as a notebook."""
    made = [
        nbformat.v4.new_code_cell if c["cell_type"] == "code" else nbformat.v4.new_markdown_cell
        for c in cells
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[new_cell(c["source"], metadata=c["metadata"]) for new_cell, c in zip(made, cells, strict=True)]
    )
    nbformat.write(notebook, root / "submission" / f"{A}.ipynb")


@pytest.mark.slow
@needs_root
def test_what_lies_in_source_cannot_be_read(unpacked):
    canary = "CANARY-" + "7f3a" * 8
    (unpacked / "source" / "course" / ".autograder-secret").write_text(canary)
    (unpacked / "source" / "gradescope.json").write_text(
        (unpacked / "source" / "gradescope.json").read_text().replace("{", '{"note": "' + canary + '", ', 1)
    )
    solved = submission.read_release(solution(A))
    for cell in solved.cells:
        cell.source = READS if submission.grade_id(cell) == "loss" else cell.source
    hand_in_cells(unpacked, solved.cells)
    done = run(unpacked)
    text = (unpacked / "results" / "results.json").read_text()
    assert canary not in text + done.stdout + done.stderr
    assert "SEEN[]" in text


ATTACKS = ("forge_ready", "import_reference", "inspect_frames", "keep_stand_ins", "kill_everything")


@pytest.mark.slow
@needs_root
@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_earns_what_grade_gives_it(attack, unpacked, course):
    release = submission.read_release(course.release(A))
    hand_in_cells(unpacked, cells_of(ROOT / "tests" / "attacks" / f"{attack}.py", release))
    done = run(unpacked)
    path = unpacked / "submission" / f"{A}.ipynb"
    expected = grading.grade_notebook(path, release, tasks.load(A), course.secret(), DEFAULT_LIMITS)
    told = result_in(unpacked)
    assert points_of(told) == {name: task.points for name, task in expected.tasks.items()}, done
    assert course.secret() not in json.dumps(told) + done.stdout + done.stderr


@pytest.mark.slow
@needs_root
@pytest.mark.parametrize("after", [0.4 * step for step in range(20)])
def test_killed_at_any_moment_the_results_are_valid(after, unpacked):
    hand_in(unpacked, sample("ada"))
    command = [*inside(unpacked), "/autograder/source/run_autograder"]
    running = subprocess.Popen(
        command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    first = unpacked / "results" / "results.json"
    until = time.monotonic() + 60
    while not first.exists() and time.monotonic() < until:
        time.sleep(0.001)
    time.sleep(after)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    told = result_in(unpacked)
    assert told["output"] == results.UNFINISHED or len(told["tests"]) == 8


@pytest.fixture
def small_container():
    """Folders of control groups (of the first version) that allow half a core and 3 GB."""
    root = Path("/sys/fs/cgroup")
    limits = {"cpu": ("cpu.cfs_quota_us", "50000"), "memory": ("memory.limit_in_bytes", str(3 << 30))}
    groups = [root / name / f"gradescope-{os.getpid()}" for name in limits]
    try:
        for group, (name, value) in zip(groups, limits.values(), strict=True):
            group.mkdir()
            (group / name).write_text(value)
    except OSError as error:
        pytest.skip(f"no control groups can be made here: {error}")
    yield groups
    for group in groups:
        group.rmdir()


@pytest.mark.slow
@needs_root
def test_half_a_core_and_three_gigabytes_are_enough(small_container, unpacked):
    hand_in(unpacked, sample("ada"))
    enter = "".join(f"echo $$ > {group}/cgroup.procs; " for group in small_container)
    began = time.monotonic()
    subprocess.run(
        ["sh", "-c", f'{enter} exec "$@"', "sh", *inside(unpacked), "/autograder/source/run_autograder"],
        check=True,
    )
    told = result_in(unpacked)
    peak = int((small_container[1] / "memory.max_usage_in_bytes").read_text())
    print(f"{time.monotonic() - began:.0f} s, {peak / 1e9:.2f} GB")
    assert sum(points_of(told).values()) == 91 and peak < 3 << 30
