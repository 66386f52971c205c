"""Evidence on the judge: mutants, secrets, other people's answers, power of the tests -> docs/judge.md.

What was measured is kept in build/judge, one line of JSON each, until the judge or the reference changes:
a run that was stopped goes on where it was.
"""

import argparse
import copy
import hashlib
import json
import re
import time
from itertools import zip_longest
from pathlib import Path

import judge_page
import mutate
import nbformat

from autograder import tasks
from autograder.engine import grading, submission, syntax
from autograder.jail import Limits, Worker

ROOT = Path(__file__).resolve().parents[1]
ANSWERS = {
    "gmm-two-ways": ROOT / "tests" / "answers",
    "gflownet-em": ROOT / "tests" / "answers" / "gflownet-em",
}
LIMITS = Limits(task_seconds=30, submission_seconds=300)
PRELOAD = ("tensorflow_probability", "scipy.stats", "scipy.special", "pandas", "tqdm")
SECRET = "judge-report"


class Kept:
    """Results of one part for one assignment, by name; those of another judge are forgotten."""

    def __init__(self, folder, assignment, part, version):
        folder.mkdir(parents=True, exist_ok=True)
        self.path, self.version, self.found = folder / f"{assignment}-{part}.jsonl", version, {}
        if self.path.exists():
            lines = [json.loads(line) for line in self.path.read_text().splitlines()]
            self.found = {line["name"]: line for line in lines if line["version"] == version}

    def add(self, name, **result):
        self.found[name] = {"name": name, "version": self.version, **result}
        with self.path.open("a") as out:
            out.write(json.dumps(self.found[name]) + "\n")


def version_of(assignment, part):
    """A digest of all that decides what a part finds."""
    here, folder = Path(__file__).parent, ROOT / "autograder"
    rules = folder / "tasks" / assignment.replace("-", "_")
    judge = [path for room in (folder / "engine", folder / "jail", rules) for path in room.rglob("*.py")]
    if part == "equivalence":
        judge = [here / "equivalence.py"]
    elif part == "power":
        judge += [here / "power.py", here / "judge_power.py"]
    digest = hashlib.sha256()
    for path in sorted([*judge, notebook(assignment)]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def notebook(assignment, folder="solutions"):
    return ROOT / folder / assignment / f"{assignment}.ipynb"


def references(assignment):
    """{task id: source of the reference answer}."""
    cells = {submission.grade_id(cell): cell.source for cell in nbformat.read(notebook(assignment), 4).cells}
    return {task.id: cells[task.id] for task in tasks.load(assignment).tasks}


class Grader:
    """Grades the solution notebook with some of its answers exchanged."""

    def __init__(self, assignment):
        self.rules = tasks.load(assignment)
        self.solution = nbformat.read(notebook(assignment), as_version=4)
        self.release = submission.read_release(notebook(assignment, "assignments"))
        self.worker = Worker(LIMITS, preload=PRELOAD)

    def grade(self, sources, secret=SECRET, only=None):
        """{task id: TaskResult}; `only` names the tasks that are asked."""
        cells = []
        for cell in copy.deepcopy(self.solution.cells):
            name = submission.grade_id(cell)
            *before, answer = re.split(r"^# %% cell\n", sources.get(name, cell.source), flags=re.M)
            cells += [nbformat.v4.new_code_cell(source) for source in before]
            cell.source = answer
            cells.append(cell)
        chosen = tuple(task for task in self.rules.tasks if only is None or task.id in only)
        merged = submission.merge(cells, self.release)
        rules = self.rules._replace(tasks=chosen, examples={})  # no counterexamples: they give no points
        return grading.judge_submission(merged, rules, secret, self.worker).tasks

    def users_of(self):
        """{task id: ids of the tasks whose code can reach its name, itself among them}."""
        known = {}
        for cell in self.solution.cells:
            if cell.cell_type == "code":
                known.update(syntax.definitions(cell.source))
        return {
            task.id: {
                other.id
                for other in self.rules.tasks
                if other.id == task.id or task.name in grading.reachable(known[other.name], known)
            }
            for task in self.rules.tasks
        }


def lost(results, but=()):
    """{task id: points lost} of the tasks that did not earn all."""
    return {
        name: round(task.max - task.points, 2)
        for name, task in results.items()
        if task.points != task.max and name not in but
    }


def ids(task):
    return [finding.id for finding in task.findings]


def mutants_of(grader, count):
    """{task id: its mutants}."""
    sources = references(grader.rules.id)
    return {task: mutate.chosen(mutate.mutants(source), count) for task, source in sources.items()}


def run_mutants(grader, kept, options):
    """Each mutant in an otherwise right notebook; asked are its task and all that can reach it."""
    users = grader.users_of()
    found = mutants_of(grader, options.mutants)
    for row in zip_longest(*([(task, m) for m in ms] for task, ms in found.items())):
        for task, mutant in filter(None, row):
            if mutant.id in kept.found:
                continue
            results = grader.grade({task: mutant.source}, only=users[task])
            own = results[task]
            kept.add(
                mutant.id, task=task, operator=mutant.operator, was=mutant.was, now=mutant.now,
                points=own.points, max=own.max, outcome=own.outcome, findings=ids(own),
                elsewhere=lost(results, but=[task]),
            )  # fmt: skip
            yield f"{task}: {mutant.edit}: {own.outcome} {own.points} {ids(own)} {lost(results, but=[task])}"


def run_equivalence(grader, kept, options):
    """Which mutants do what the reference does, on fresh inputs."""
    import equivalence  # TensorFlow, which the grader's process does not need

    names = equivalence.notebook_names(grader.solution, grader.rules.id)
    for task, mutants in mutants_of(grader, options.mutants).items():
        want = None
        for mutant in mutants:
            if mutant.id in kept.found:
                continue
            want = want or equivalence.observed(names, task)
            same, raised = equivalence.compared(names, want, task, mutant.source)
            kept.add(mutant.id, task=task, same=same, raised=raised, probes=equivalence.probes(task))
            yield f"{task}: {mutant.edit}: {'the same' if same else 'differs'} {raised}"


def run_secrets(grader, kept, options):
    """The reference under many secrets."""
    for number in range(options.secrets):
        name = f"secret {number}"
        if name not in kept.found:
            results = grader.grade({}, secret=name)
            kept.add(name, lost=lost(results), findings=[i for t in results.values() for i in ids(t)])
            yield f"{name}: {lost(results) or 'full marks'}"


def headers(path):
    return dict(re.findall(r"^# (\w+): (.*)$", path.read_text(), re.M))


def run_wrong(grader, kept, options):
    """Wrong answers that other people wrote, as mutants are."""
    users = grader.users_of()
    for path in sorted((ANSWERS[grader.rules.id] / "wrong").glob("*.py")):
        if path.stem in kept.found:
            continue
        task = path.stem.split("__")[0]
        results = grader.grade({task: path.read_text()}, only=users[task])
        own, header = results[task], headers(path)
        kept.add(
            path.stem, task=task, points=own.points, max=own.max, outcome=own.outcome, findings=ids(own),
            accepted=header["finding"].split("|") if "finding" in header else [], credit=header["credit"],
            elsewhere=lost(results, but=[task]),
        )  # fmt: skip
        yield f"{path.stem}: {own.outcome} {own.points} {ids(own)} {lost(results, but=[task])}"


def run_right(grader, kept, options):
    """Right answers that other people wrote; one of each task in a notebook, alone where marks are lost."""
    folder = ANSWERS[grader.rules.id] / "right"
    found = [sorted(folder.glob(f"{task.id}__*.py")) for task in grader.rules.tasks]
    for row in zip_longest(*found):
        paths = {path.stem.split("__")[0]: path for path in row if path is not None}
        if all(path.stem in kept.found for path in paths.values()):
            continue
        together = grader.grade({task: path.read_text() for task, path in paths.items()})
        for task, path in paths.items():
            results = together if not lost(together) else grader.grade({task: path.read_text()})
            kept.add(path.stem, task=task, lost=lost(results), findings=ids(results[task]))
            yield f"{path.stem}: {lost(results) or 'full marks'}"


def run_power(grader, kept, options):
    """Power of the statistical tests, and how often the judge accuses a right answer."""
    import judge_power

    for place, line in enumerate(judge_power.lines(grader.rules.id, options.secrets)):
        kept.add(f"{place} {line.task} {line.mistake}", **line._asdict())  # quick: never resumed
        yield f"{line.task}: {line.mistake}: {line.test}: {line.miss:.2g}"


PARTS = {
    "mutants": run_mutants,
    "equivalence": run_equivalence,
    "secrets": run_secrets,
    "right": run_right,
    "wrong": run_wrong,
    "power": run_power,
}


def parse(arguments=None):
    described = "\n".join(f"  {name:12} {run.__doc__}" for name, run in PARTS.items())
    made = argparse.ArgumentParser(
        description=f"{__doc__}\nparts:\n{described}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--only", default=",".join(PARTS), help="parts to run, such as mutants,power")
    made.add_argument("--assignment", choices=[*ANSWERS], action="append", help="both by default")
    made.add_argument("--mutants", type=int, default=60, help="at most so many of each task")
    made.add_argument("--secrets", type=int, default=200, help="course secrets for the reference")
    made.add_argument("--minutes", type=float, default=float("inf"), help="stop then; run again to go on")
    made.add_argument("--kept", type=Path, default=ROOT / "build" / "judge")
    made.add_argument("--page", type=Path, default=ROOT / "docs" / "judge.md")
    options = made.parse_args(arguments)
    options.only = options.only.split(",")
    options.assignment = options.assignment or [*ANSWERS]
    if not set(options.only) <= set(PARTS):
        made.error(f"Expected parts of {','.join(PARTS)}, got {','.join(options.only)}.")
    return options


def main(arguments=None):
    options = parse(arguments)
    end = time.monotonic() + 60 * options.minutes
    for assignment in options.assignment:
        grader = Grader(assignment)
        with grader.worker:
            for part in options.only:
                kept = Kept(options.kept, assignment, part, version_of(assignment, part))
                for line in PARTS[part](grader, kept, options):
                    print(f"{assignment} {part} {line}", flush=True)
                    if time.monotonic() > end:
                        print("Time is over: run the same command to go on.")
                        return
    kept = {assignment: all_kept(options, assignment) for assignment in ANSWERS}
    judge_page.write(options.page, kept, options.mutants)


def all_kept(options, assignment):
    """What is kept of each part of an assignment."""
    return {
        part: Kept(options.kept, assignment, part, version_of(assignment, part)).found for part in PARTS
    }


if __name__ == "__main__":
    main()
