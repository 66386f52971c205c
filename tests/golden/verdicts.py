"""Frozen verdicts: what the judge says of every case.

    python tests/golden/verdicts.py            judge every case and compare with tests/golden/*.jsonl
    python tests/golden/verdicts.py --write    write what the judge says now

The first run asks every case in the jail: about an hour on two cores. What was answered is kept in
build/golden while the code that asks stands, so that later runs judge again within minutes. A run that was
stopped goes on where it was. Where the text of that code changed and what it asks did not, `--trust-kept`
judges what the last run kept.
"""

import argparse
import json
import multiprocessing
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from cases import ROOT, SECRETS, Case, all_cases

from autograder import tasks
from autograder.engine import answers, grading, submission
from autograder.jail import Worker

HERE = Path(__file__).resolve().parent
KEPT = ROOT / "build" / "golden"
PRELOAD = ("tensorflow_probability", "scipy.stats", "scipy.special", "pandas", "tqdm", "matplotlib.pyplot")


class Judge:
    """Judges cases, one after another, from kept answers where there are any.

    Args:
        kept: the folder of kept answers; None to ask always.
    """

    def __init__(self, kept: Path | None):
        self.kept, self.worker, self.releases = kept, None, {}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.worker:
            self.worker.stop()

    def verdict(self, case: Case, secret: str) -> dict:
        """The row of a case: what is said of each task that is not simply right."""
        name = re.sub(r"[^\w.-]", "_", f"{case.name}.{case.digest()}.{secret}.gz")
        place = self.kept and self.kept / name
        known = place.read_bytes() if place and place.is_file() else b""
        recorded = answers.Recorded(answers.read(known), case.limits, True, lambda: self.started(case.limits))
        result = self.graded(case, secret, recorded)
        new = recorded.written()
        if place and new and new != known:
            place.parent.mkdir(parents=True, exist_ok=True)
            partial = place.with_suffix(".part")
            partial.write_bytes(new)
            partial.replace(place)
        row = grading.result_dict(result)
        unusual = {
            task: {part: value for part, value in found.items() if part != "max"}
            for task, found in row["tasks"].items()
            if found["outcome"] != "correct" or found["findings"] or found["points"] != found["max"]
        }
        return {
            "case": case.name,
            "secret": secret,
            "text": case.digest(),
            "status": row["status"],
            "score": row["score"],
            "flags": row["flags"],
            "tasks": unusual,
        }

    def graded(self, case, secret, recorded):
        rules = tasks.load(case.assignment)
        if case.asked:
            rules = rules._replace(tasks=tuple(task for task in rules.tasks if task.id in case.asked))
        if case.assignment not in self.releases:
            path = ROOT / "assignments" / case.assignment / f"{case.assignment}.ipynb"
            self.releases[case.assignment] = submission.read_release(path)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{case.assignment}.ipynb"
            path.write_text(case.text())
            release = self.releases[case.assignment]
            return grading.grade_notebook(path, release, rules, secret, worker=recorded)

    def started(self, limits):
        if self.worker is None:
            self.worker = Worker(limits, True, PRELOAD)
            self.worker.start()
        self.worker.limits = limits
        return self.worker


def kept_answers(trust: bool) -> Path:
    """The folder of answers to today's code, or the last one."""
    if trust:
        return max(KEPT.iterdir(), key=lambda folder: folder.stat().st_mtime)
    return KEPT / answers.asking_version()[:16]


def path_of(row: dict) -> Path:
    """The file that holds a row."""
    return HERE / f"{row['case'].split('/')[0]}.jsonl"


def frozen() -> dict[tuple[str, str], dict]:
    """{(case, secret): row} of the committed files."""
    lines = (line for path in sorted(HERE.glob("*.jsonl")) for line in path.read_text().splitlines())
    return {(row["case"], row["secret"]): row for row in map(json.loads, lines)}


def write(rows: dict[tuple[str, str], dict]):
    """Write all rows, one a line, in the order of their names."""
    texts = {}
    for _, row in sorted(rows.items()):
        texts.setdefault(path_of(row), []).append(json.dumps(row, ensure_ascii=True) + "\n")
    for path in {*HERE.glob("*.jsonl")} - texts.keys():
        path.unlink()
    for path, lines in texts.items():
        path.write_text("".join(lines))


def differences(before: dict | None, now: dict | None) -> list[str]:
    """What changed in a row, in words."""
    if before is None or now is None:
        return ["is new" if before is None else "is no longer judged"]
    told = [
        f"{part}: {before[part]} -> {now[part]}"
        for part in ("text", "status", "score", "flags")
        if before[part] != now[part]
    ]
    for task in sorted(before["tasks"].keys() | now["tasks"].keys()):
        old, new = before["tasks"].get(task, "correct"), now["tasks"].get(task, "correct")
        told += [f"{task}: {old} -> {new}"] if old != new else []
    return told


_judge = None


def _begin(kept):
    global _judge
    _judge = Judge(kept)


def _row(job):
    return _judge.verdict(*job)


def judged(jobs: list[tuple[Case, str]], processes: int, kept: Path) -> Iterator[dict]:
    """Rows of (case, secret), as they come."""
    with multiprocessing.get_context("spawn").Pool(processes, _begin, [kept]) as pool:
        yield from pool.imap_unordered(_row, jobs)


def main(arguments: list[str] | None = None) -> int:
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=as_written)
    parser.add_argument("--write", action="store_true", help="write what the judge says now")
    parser.add_argument("--only", default="", help="a pattern that names of cases must contain")
    parser.add_argument("--secret", choices=SECRETS, action="append", help="all by default")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--trust-kept", action="store_true", help="judge what the last run kept")
    options = parser.parse_args(arguments)
    chosen = [case for case in all_cases() if re.search(options.only, case.name)]
    jobs = [(case, secret) for secret in options.secret or SECRETS for case in chosen]
    before, now = frozen(), {}
    for count, row in enumerate(judged(jobs, options.jobs, kept_answers(options.trust_kept)), 1):
        key = row["case"], row["secret"]
        now[key] = row
        if told := differences(before.get(key), row):
            print(f"{count}/{len(jobs)} {' '.join(key)}: {'; '.join(told)[:1000]}", flush=True)
    whole = not options.only and not options.secret
    gone = before.keys() - now.keys() if whole else set()
    changed = [key for key, row in now.items() if before.get(key) != row]
    print(f"{len(now)} verdicts, {len(changed)} differ, {len(gone)} are gone.")
    if options.write:
        write({key: row for key, row in (before | now).items() if key not in gone})
        return 0
    return 1 if changed or gone else 0


if __name__ == "__main__":
    sys.exit(main())
