"""Hold trials, several at a time, until all are held or the time is over; then write what they say."""

import concurrent.futures
import functools
import json
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED

from autograder.course.atomic import write
from autograder.course.directory import Course
from autograder.course.workers import Workers
from autograder.engine.answers import Recorded, read
from autograder.engine.words import printable
from autograder.evidence.kept import Kept, TrialResult
from autograder.evidence.page import page
from autograder.evidence.subject import Subject, subject_of
from autograder.evidence.summary import Evidence, evidence_of
from autograder.evidence.trials import Trial, Trials, every_key, trials
from autograder.jail import DEFAULT_LIMITS, JailUnavailable, Worker


def examine(
    course: Course,
    assignment: str,
    minutes: float,
    jobs: int | None = None,
    on_trial: Callable[[Trial, int, int], None] = lambda trial, done, total: None,
) -> Evidence:
    """Gather evidence on a course's judge, and write reports/ASSIGNMENT/evidence.html and evidence.json.

    They are readable by their owner only, since they show solutions. Results are kept beside them, in
    `.evidence/`, as they come.

    Args:
        minutes, jobs, on_trial: as for `gather`; as many jobs as cores by default.
    Returns:
        The evidence, as in evidence.json.
    Raises:
        CourseError: something is missing in the course, or another process gathers evidence on it.
        JailUnavailable: this machine cannot isolate a submission.
        KeyboardInterrupt: after what came until then was written.
    """
    subject, place = subject_of(course, assignment), course.reports(assignment)

    def written(failed):
        evidence = evidence_of(subject, kept.found, failed)
        write(place / "evidence.json", json.dumps(evidence, indent=1, ensure_ascii=False), 0o600)
        write(place / "evidence.html", page(evidence), 0o600)
        return evidence

    with Kept(place / ".evidence", subject.version) as kept:
        workers = Workers(DEFAULT_LIMITS, jailed=True, private=course.private())
        try:
            return written(gather(subject, kept, workers, minutes, jobs or workers.jobs, on_trial))
        except KeyboardInterrupt:
            written({})
            raise


def gather(
    subject: Subject,
    kept: Kept,
    workers: Workers,
    minutes: float,
    jobs: int,
    on_trial: Callable[[Trial, int, int], None] = lambda trial, done, total: None,
) -> dict[str, str]:
    """Hold the trials that are not kept yet.

    Args:
        workers: stopped at the end; a trial that is not over then is held anew the next time.
        minutes, jobs: how long at most, and trials at a time.
        on_trial: called after each with how many are kept and how many there are, as far as is known.
    Returns:
        {key: words} of the trials in which the judge or the jail failed twice.
    Raises:
        JailUnavailable: this machine cannot isolate a submission.
    """
    end, holder = time.monotonic() + 60 * minutes, Trials(subject)
    failed: dict[str, str] = {}
    running: dict[concurrent.futures.Future[TrialResult | Exception], Trial] = {}
    kept.forget_answers_but(every_key(subject))
    pool = concurrent.futures.ThreadPoolExecutor(jobs)
    try:
        while (left := end - time.monotonic()) > 0:
            known = trials(subject, kept.found)
            busy = {trial.key for trial in running.values()} | failed.keys()
            waiting = [trial for trial in known if trial.key not in kept.found and trial.key not in busy]
            for trial in waiting[: jobs - len(running)]:
                running[pool.submit(_held, holder, trial, workers, kept)] = trial
            if not running:
                break
            for done in concurrent.futures.wait(running, left, FIRST_COMPLETED).done:
                trial = running.pop(done)
                result = done.result()
                if isinstance(result, Exception):
                    failed[trial.key] = printable(f"{type(result).__name__}: {result}", 300)
                else:
                    kept.add(trial.key, result)
                on_trial(trial, sum(one.key in kept.found for one in known), len(known))
    finally:
        workers.stop()
        pool.shutdown(cancel_futures=True)
    return failed


def _as_it_is(worker: Worker) -> Worker:
    return worker


def _held(holder, trial, workers, kept):
    """The result of a trial, retried once after an internal error; the exception if the retry fails, too.

    What was answered is kept: after a change of the judge that asks the same, no notebook runs.
    """
    for known in (kept.answers(trial.key), b""):
        worker = workers.take()
        try:
            ready = functools.partial(_as_it_is, worker)
            recorded = Recorded(read(known), workers.limits, workers.jailed, ready)
            result = holder.hold(trial, recorded)
            if (record := recorded.written()) not in (None, known):
                kept.keep_answers(trial.key, record)
            return result
        except JailUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one trial never stops the others
            failure = error
            worker.stop()
        finally:
            workers.give_back(worker)
    return failure
