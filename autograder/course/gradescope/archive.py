"""Make the zip that an instructor uploads to Gradescope: `autograder gradescope ASSIGNMENT`."""

import io
import json
import zipfile
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from autograder import tasks
from autograder.course.atomic import write
from autograder.course.directory import SECRET_FILE, Course
from autograder.course.gradescope import results
from autograder.course.gradescope.attempts import Attempts
from autograder.engine import identities, submission
from autograder.jail import Limits
from autograder.report.titles import names_of

HERE = resources.files("autograder.course.gradescope") / "files"
PROGRAMS = ("setup.sh", "run_autograder")
# Half a core is slow, and a container has little memory; `autograder grade` gives more of the second.
LIMITS = Limits(task_seconds=40.0, submission_seconds=420.0, memory_bytes=2 << 30, cells_seconds=120.0)
LEFT_OUT = {"__pycache__", ".ipynb_checkpoints", "assignments"}


def written(course: Course, assignment: str, visibility: str, rule: Attempts | None, out: Path) -> int:
    """Write the zip, readable by its owner alone -> how many files it has.

    Args:
        visibility: of `results.VISIBILITIES`.
        rule: how many attempts are judged; None: all.
    """
    content = {**fixed(), "gradescope.json": job(course, assignment, visibility, rule)}
    content |= dict(package()) | dict(of_course(course, assignment))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            about = zipfile.ZipInfo(name, date_time=(2020, 1, 1, 0, 0, 0))
            about.compress_type = zipfile.ZIP_DEFLATED
            about.external_attr = (0o100700 if name in PROGRAMS else 0o100600) << 16
            archive.writestr(about, data)
    write(out, packed.getvalue(), mode=0o600)
    return len(content)


def fixed() -> dict[str, bytes]:
    """What is the same for every course, and the results that stand until there are others."""
    files = {path.name: path.read_bytes() for path in HERE.iterdir()}
    return files | {"first.json": json.dumps(results.only_words(results.UNFINISHED)).encode()}


def job(course: Course, assignment: str, visibility: str, rule: Attempts | None) -> bytes:
    """gradescope.json, which `container.read_job` reads."""
    release = submission.read_release(course.release(assignment))
    written = sum(identities.written_points(release).values())
    shown = results.Shown(names_of(release), visibility, written)
    return json.dumps(
        {"assignment": assignment, "shown": shown._asdict(), "limits": LIMITS._asdict(), "attempts": rule}
    ).encode()


def package() -> Iterator[tuple[str, bytes]]:
    """This package, and the releases that come with it."""
    for path in sorted(tasks.PACKAGE.rglob("*")):
        place = path.relative_to(tasks.PACKAGE)
        if path.is_file() and not LEFT_OUT & {*place.parts}:
            yield f"grader/autograder/{place.as_posix()}", path.read_bytes()
    for name in tasks.ASSIGNMENTS:
        yield f"grader/assignments/{name}/{name}.ipynb", tasks.release_of(name).read_bytes()


def of_course(course: Course, assignment: str) -> Iterator[tuple[str, bytes]]:
    """The release, the secret, and where the course has a judge of its own that and its source notebook."""
    places, judge = [course.release(assignment)], course.judge(assignment)
    if judge is not None:
        places += [course.source(assignment), *([judge] if judge.is_file() else sorted(judge.rglob("*.py")))]
    for place in places:
        yield f"course/{place.relative_to(course.root).as_posix()}", place.read_bytes()
    yield f"course/{SECRET_FILE}", course.secret().encode()
