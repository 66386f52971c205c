"""Judge one submission in Gradescope's container: `run_autograder` calls `main`.

The process that runs the student's code is started before the judge and the secret are read, so that
nothing of them is in its memory; the files are root's alone.
"""

import json
import os
import sys
import time
import traceback
import warnings
from pathlib import Path
from typing import Any, NamedTuple

from autograder.course.atomic import write
from autograder.course.directory import Course
from autograder.course.folders import newest_in
from autograder.course.gradescope import attempts, results
from autograder.engine import grading, interview, submission
from autograder.jail import JailUnavailable, Limits, Worker


class Job(NamedTuple):
    """What `autograder gradescope` wrote for the container: gradescope.json."""

    assignment: str
    shown: results.Shown
    limits: Limits
    attempts: attempts.Attempts | None


def main(root: Path = Path("/autograder")) -> None:
    """Judge what lies in `submission/`, and write `results/results.json`: at once, and again at the end.

    Args:
        root: Gradescope's folder.
    """
    target = root / "results" / "results.json"
    write(target, json.dumps(results.only_words(results.UNFINISHED)))
    try:
        job = read_job(root / "source" / "gradescope.json")
        told = earlier(root, job) or judged(root, job)
    except JailUnavailable as refusal:
        print(refusal)
        told = results.only_words(results.NO_JAIL)
    except BaseException as error:  # noqa: BLE001 - the results must be valid whatever fails
        # Places alone: a line of the source could show what must not be seen.
        places = [f"{Path(f.filename).name}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)]
        print(type(error).__name__, *places)
        told = results.only_words(results.FAILED)
    write(target, json.dumps(told, ensure_ascii=False))


def read_job(path: Path) -> Job:
    said = json.loads(path.read_text("utf-8"))
    rule = said["attempts"] and attempts.Attempts(*said["attempts"])
    return Job(said["assignment"], results.Shown(**said["shown"]), Limits(**said["limits"]), rule)


def earlier(root: Path, job: Job) -> dict[str, Any] | None:
    """The results of an earlier attempt, where this one is too many; else None."""
    path = root / "submission_metadata.json"
    if job.attempts is None or not path.is_file():
        return None
    before = attempts.last_that_counts(job.attempts, json.loads(path.read_text("utf-8")))
    if before is None:
        return None
    words = f"This attempt was not judged: {job.attempts} are. The points are those of the last one judged."
    return results.again(before, words)


def judged(root: Path, job: Job) -> dict[str, Any]:
    """Results of the submission.

    Raises:
        JailUnavailable: nothing was run, since this container cannot isolate it.
    """
    began, course = time.monotonic(), Course(root / "source" / "course")
    release = submission.read_release(course.release(job.assignment))
    path = newest_in(root / "submission", job.assignment, release)
    try:
        own = submission.read(path, release)
    except submission.Unreadable as refusal:
        result = grading.unreadable(refusal, course.rules(job.assignment))
        return results.of(result, job.shown, time.monotonic() - began)
    private = [*course.private(), root / "source" / "gradescope.json"]
    with Worker(job.limits, True, interview.modules_to_preload(own.cells), private) as worker:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            worker.start()
        rules, secret = course.rules(job.assignment), course.secret()
        result = grading.judge_submission(own, rules, secret, worker)
    return results.of(result, job.shown, time.monotonic() - began)


def close_source(root: Path) -> None:
    """Leave what we brought to root alone, whatever unpacked it."""
    if os.geteuid() == 0:
        os.chmod(root / "source", 0o700)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    close_source(place)
    main(place)
