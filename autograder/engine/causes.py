"""Why something was missing when a task was asked: the statement that failed, and what to do about it.

A statement that fails does not end its cell, so that a task may raise a NameError whose true cause lies in
another cell. These pure functions find it in what is known of the statements that failed.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from autograder.engine import newer, outline
from autograder.engine.interview import Failure, Statement
from autograder.engine.judge import Answer, Came, Finding, Outcome, Reply, Verdict, no_answer
from autograder.engine.newer import Version
from autograder.engine.scale import Kind
from autograder.engine.submission import ADDED, Flag
from autograder.engine.words import printable, quoted

# Import names of packages that Google Colab has beyond those that an assignment may need.
COLAB_HAS = set(
    """IPython PIL altair arviz astropy bokeh bs4 catboost cloudpickle cv2 cvxpy dask datasets dopamine
    duckdb en_core_web_sm etils fastai flax gensim geopandas gym gymnasium h5py holoviews hyperopt imageio
    imblearn ipywidgets jax jaxlib joblib keras_cv keras_hub keras_nlp librosa lightgbm lxml matplotlib_venn
    mlxtend moviepy networkx nltk numba optax orbax pandas_datareader patsy peft plotly plotnine polars
    prettytable psutil pyarrow pydot pymc pytensor requests sentence_transformers shapely
    skimage sklearn spacy sqlalchemy statsmodels sympy tables tabulate tensorflow_datasets
    tensorflow_decision_forests tensorflow_hub tensorflow_text tf_keras tf_slim timm tokenizers torch
    torchaudio torchvision transformers umap wandb wordcloud xarray xgboost xlrd yellowbrick""".split()
)
MODULE = re.compile(r"No module named '([\w.]+)'")
MISSING = re.compile(r"name '(\w+)' is not defined")
NO_NETWORK = (
    "Network is unreachable",
    "name resolution",
    "Name or service not known",
    "URLError",
    "ConnectionError",
    "MaxRetryError",
    "gaierror",
)
DRIVE = re.compile(r"google\.colab|/content/drive|MyDrive")
FILES = re.compile(
    r"^(FileNotFoundError|NotADirectoryError|PermissionError|IsADirectoryError)|Read-only file system"
)
LINKS = 100  # names that lack one another, beyond which no cause is looked for


class Cause(NamedTuple):
    """What grading lacks that a statement needs, and what its author can do."""

    lacks: str
    remedy: str


def cause_of(error: str, name: str = "it") -> Cause | None:
    """The cause that lies in grading, not in the code, as far as an exception's words show it.

    Args:
        error: type, message and source line.
        name: what the statement would have made.
    """
    apart = f"Define {name} in a statement of its own that does not need this."
    if DRIVE.search(error):
        words = "Colab's Drive and Colab's own modules are not there when your notebook is graded."
        return Cause(words, apart)
    if found := MODULE.search(error):
        module = found[1].partition(".")[0]
        if module in COLAB_HAS:
            words = f"Colab has the package `{module}`, but the machine that grades does not."
        else:
            words = f"The machine that grades has no package `{module}`, and only your notebook is handed in."
        return Cause(words, "Do without it, or put what you need of it into a cell of the notebook.")
    if any(sign in error for sign in NO_NETWORK):
        return Cause("There is no network when your notebook is graded.", apart)
    if FILES.search(error):
        words = "Only your notebook is handed in: other files and folders are not there when it is graded."
        return Cause(words, f"Write what {name} needs into a cell of the notebook.")
    if "CalledProcessError" in error:
        return Cause("Commands of the shell do not run when your notebook is graded.", apart)
    return None


def in_words(failure: Failure) -> str:
    """`type: message`, as `cause_of` reads it."""
    data = failure.answer.data
    return " ".join(map(printable, (f"{data.get('type')}: {data.get('message')}", failure.text)))


def behind(name: str, failures: Iterable[Failure]) -> Failure | None:
    """The failure for which a name is missing, followed through names that this one lacked itself."""
    known, found = tuple(failures), None
    least = len(known) - LINKS
    while name and len(known) > least:
        able = [failure for failure in known if failure is not found and name in failure.binds]
        able = able or [failure for failure in known if not found and "*" in failure.binds]
        if not able:
            break
        found, known = able[-1], tuple(failure for failure in known if failure is not able[-1])
        missing = MISSING.search(str(found.answer.data.get("message", "")))
        name = missing[1] if missing else ""
    return found


def explained(
    verdict: Verdict, name: str, answers: Iterable[Answer], failures: Sequence[Failure], python: Version
) -> tuple[Verdict, tuple[Flag, ...]]:
    """A verdict that tells the true cause of what was missing, and Flags for its reader.

    Args:
        name: of the task's function.
        answers: of the task.
        failures: of the notebook.
        python: the (major, minor) version that ran the notebook.
    """
    if verdict.share == 1.0 or verdict.outcome in (Outcome.MISSING, Outcome.UNGRADED):
        return verdict, ()
    behind_all, flags, findings = [f for f in failures if name in f.binds], [], []
    for finding in verdict.findings:
        if finding.id not in ("raised", "name-missing"):
            findings.append(finding)
            continue
        missing = missing_name(finding, answers, failures)
        failure = behind(missing, failures) if missing else on_its_line(finding.message, failures)
        new, flag = told_by(finding, missing, failure) if failure else told_by_itself(finding, name)
        behind_all += [failure] if failure else []
        findings.append(new)
        flags += [flag] if flag else []
    unread = [failure for failure in behind_all if failure.answer.data.get("type") == "SyntaxError"]
    for failure in {failure.source: failure for failure in unread}.values():
        if version := newer.version_of(failure.source, python):
            return ungraded(failure, version, python)
    return verdict._replace(findings=tuple(findings)), tuple(flags)


def missing_name(finding: Finding, answers: Iterable[Answer], failures: Iterable[Failure]) -> str:
    """The name for which a task failed; of what only its answers say, one that a failure explains."""
    if found := MISSING.search(finding.message):
        return found[1]
    explicable = {name for failure in failures for name in failure.binds}
    said = (str(answer.data.get("message")) for answer in answers if answer.kind == Came.ERROR)
    names = (found[1] for words in said if (found := MISSING.search(words)))
    return next((name for name in names if name in explicable), "")


def told_by(finding: Finding, missing: str, failure: Failure) -> tuple[Finding, Flag | None]:
    """A finding with the failure behind it, and a Flag if that comes of something that grading lacks."""
    name = f"`{missing}`" if missing else "what it uses"
    cause, failed = cause_of(in_words(failure), name), f"{in_its_place(failure)} {how_it_failed(failure)}."
    verb = "is missing" if missing else "may be missing"
    words = f"{finding.message.rstrip('.')}. The cause: {name} {verb} because {failed}"
    remedy = f"Correct that statement, or define {name} in one of its own."
    if failure.answer.data.get("type") == "NotImplementedError":
        remedy = "Finish that task first: replace the line that raises."
    elif failure.answer.kind != Came.ERROR:
        remedy = f"Make that statement faster and smaller, or define {name} without it."
    if cause is None:
        return finding._replace(message=words, hint=remedy), None
    flag = Flag("statement-failed", f"In grading, {failed} {cause.lacks}")
    return finding._replace(message=words, hint=f"{cause.lacks} {cause.remedy}"), flag


def told_by_itself(finding: Finding, name: str) -> tuple[Finding, Flag | None]:
    """As `told_by`, where the task's own exception may come of something that grading lacks."""
    cause = cause_of(finding.message, f"`{name}`")
    if cause is None:
        return finding, None
    note = f"`{name}` could not run here. {cause.lacks}"
    return finding._replace(hint=f"{cause.lacks} {cause.remedy}"), Flag("statement-failed", note)


# Statements after which a name holds code; what code was, it stays in grading (`bindings.py`).
MAKES_CODE = re.compile(r"(import|from|def|class|async)\b|@")


def with_later_values(
    verdict: Verdict, name: str, answers: Iterable[Answer], statements: Sequence[Statement]
) -> Verdict:
    """A verdict that says which statement gave a name on the line that raised another value later.

    Args:
        name: of the task's function.
        answers: of the task.
        statements: of the student's cells, in the order of the notebook.
    """
    raised = next((answer.data for answer in answers if answer.kind == Came.ERROR), None)
    found = set_later(name, raised, statements) if raised else None
    if not found:
        return verdict
    used, later = found
    hint = (
        f"`{used}` has another value by then: {in_its_place(later)} sets it again, below the cell that uses "
        "it. Take another name there."
    )
    findings = (f._replace(hint=hint) if f.id == "raised" else f for f in verdict.findings)
    return verdict._replace(findings=tuple(findings))


def set_later(name: str, data: Reply, statements: Sequence[Statement]) -> tuple[str, Statement] | None:
    """(name on the line that raised, Statement that set it after the function was defined), or None."""
    made = [place for place, s in enumerate(statements) if s.cell == data.get("cell") and name in s.binds]
    if not made:
        return None
    before, after = statements[: made[-1] + 1], statements[made[-1] + 1 :]
    for used in sorted(outline.looked_up_on(before[-1].source, data.get("line", 0))):
        earlier = {statement.text for statement in before if used in statement.binds}
        later = [s for s in after if used in s.binds and s.text not in earlier]
        if earlier and later and not MAKES_CODE.match(later[-1].text):
            return used, later[-1]
    return None


def in_its_place(failure: Failure | Statement) -> str:
    """Where a failure was, in words, with its line."""
    cell = "an added cell" if failure.cell.startswith(ADDED) else f"cell {printable(failure.cell)}"
    text = printable(failure.text, 120).replace("`", "'")
    return f"line {failure.line} of {cell}, `{text}`,"


def on_its_line(message: str, failures: Iterable[Failure]) -> Failure | None:
    """The first failure that grading causes, of a statement that sets a name used on the line that raised."""
    line = message.rpartition(": `")[2]
    names = set(re.findall(r"[^\W\d]\w*", line))
    return next((f for f in failures if names & set(f.binds) and cause_of(in_words(f))), None)


def how_it_failed(failure: Failure) -> str:
    kind, data = failure.answer.kind, failure.answer.data
    if kind == Came.TIMEOUT:
        return "did not end in time and was left out"
    if kind != Came.ERROR:
        return "ended the process and was left out"
    exception = printable(data.get("type"), 80)
    exception = exception if exception.isidentifier() else "an exception"
    return f"raised {exception}: {quoted(data.get('message', ''))}"


def ungraded(failure: Failure, version: Version, python: Version) -> tuple[Verdict, tuple[Flag, ...]]:
    """As `explained`, for a task that is written for a newer Python than the one that ran the notebook."""
    new, ours = (".".join(map(str, parts)) for parts in (version, python))
    words = (
        f"Cell {printable(failure.cell)} is written for Python {new}, and it was graded with Python {ours}, "
        "which cannot read it. A person will look at it."
    )
    remedy = f"Use only syntax of Python {ours}, or ask for grading with Python {new}."
    finding = Finding("newer-python", words, remedy, kind=Kind.NOTHING)
    return Verdict(Outcome.UNGRADED, 0.0, (finding,)), (Flag("newer-python", words),)


def without_function(name: str, cell: str, failures: Sequence[Failure]) -> Verdict | None:
    """The verdict on a function that is not there, if a failure explains it.

    Args:
        name: of the function.
        cell: id of the task's cell.
    """
    binding = [failure for failure in failures if name in failure.binds]
    in_cell = [failure for failure in failures if failure.cell == cell]
    if not binding and not in_cell:
        return None
    return no_answer((binding or in_cell)[-1].answer)
