"""What submissions answered, kept so that they can be judged again without running any notebook.

The interview asks a `Recorded` in place of a worker. It replies from the record of an earlier interview
where the very same request was made then, and asks the worker for the rest. Which answers the judge wants
to see may change with the judge; what was asked before need not be asked again.

A record is data only: gzip around frames of `wire`, for each conversation one that says what follows and
then the frames that came from the jail.
"""

import ast
import gzip
import hashlib
import importlib.metadata
import io
import platform
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from autograder.jail import End, Jailed, Limits, Transcript, Worker, interpreter
from autograder.jail.inside import wire

Asked = list[list[Any]]  # [how many frames had come, digest of what was asked then]
Record = dict[str, tuple[Transcript, Asked]]  # {request: what came, when what was asked}
More = Callable[[list[Any]], list[Any]]  # frames so far -> the chapters that follow
PACKAGE = Path(__file__).resolve().parents[1]
# These modules, and all of this project that they import except `JUDGING`, decide what is run and asked, and
# how answers are stored. After a change in any of them, kept answers are not used again.
ASKING = ("engine/answers.py", "engine/interview.py", "jail/process.py", "jail/inside/worker.py")
JUDGING = {PACKAGE / "engine" / "judge.py"}  # not followed: kept answers outlive a change of the judge
IN_THE_JAIL = ("tensorflow", "keras", "numpy")
# Many times what a right submission answers. What a hostile one sends beyond is not kept.
SIZE_LIMIT = 16 << 20


def asking_modules() -> list[Path]:
    """Files of the modules that ask; answers are kept for exactly these texts of them."""
    found, todo = set(), [PACKAGE / name for name in ASKING]
    while todo:
        path = todo.pop()
        if path in found or path in JUDGING or not path.is_file():
            continue
        found.add(path)
        for node in run_nodes(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import):
                todo += [path.with_name(f"{alias.name}.py") for alias in node.names]  # as in the jail
            elif isinstance(node, ast.ImportFrom) and node.module:
                todo.append(path.parent / f"{node.module}.py")
                if node.module.partition(".")[0] == PACKAGE.name:  # beside it lie other people's packages
                    module = PACKAGE.parent.joinpath(*node.module.split("."))
                    todo += [
                        module.with_suffix(".py"),
                        *(module / f"{alias.name}.py" for alias in node.names),
                    ]
    return sorted(found)


def run_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a module, without what only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if not (
            isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        ):
            yield node
            yield from run_nodes(node)


def asking_version(python: interpreter.Interpreter | None = None) -> str:
    """Changes with the code that asks, and with what runs in the jail.

    Args:
        python: the `interpreter.Interpreter` that runs submissions, if it is another than ours.
    """
    digest = hashlib.sha256((repr(python) if python else platform.python_version()).encode())
    for path in asking_modules():
        digest.update(path.read_bytes())
    for name in (one for module in IN_THE_JAIL for one in distributions_of(module)):
        digest.update(f"{name} {importlib.metadata.version(name)}".encode())
    return digest.hexdigest()


def distributions_of(module: str) -> list[str]:
    """Names of what is installed as a module: the same, or others such as tensorflow-cpu."""
    try:
        return [importlib.metadata.distribution(module).name]
    except importlib.metadata.PackageNotFoundError:  # to look at all of them takes half a second
        return sorted({*importlib.metadata.packages_distributions().get(module, ())})


class Recorded:
    """A worker for one interview, which knows what was answered before.

    Args:
        record: from `read`; {} where nothing is known.
        limits, jailed, python: of the worker.
        worker: () -> a running `jail.Worker`, called when there is something to ask.
    """

    def __init__(
        self,
        record: Record,
        limits: Limits,
        jailed: Jailed,
        worker: Callable[[], Worker],
        python: interpreter.Interpreter | None = None,
    ) -> None:
        self.record, self.limits, self.jailed = record, limits, jailed
        self.python = python or interpreter.ours()
        self._start = worker
        self._worker: Worker | None = None
        self._preload: Iterable[str] = ()
        self._times_asked: dict[str, int] = {}
        self._new, self.seconds = _Writer(), 0.0
        self.kind = ""  # of jail, of the last conversation

    def prepare(self, preload: Iterable[str]) -> None:
        self._preload = preload

    def ask(
        self,
        request: dict[str, Any],
        seconds: float,
        cells_seconds: float = 0.0,
        more: More = lambda frames: [],
    ) -> Transcript:
        """The Transcript of this request, from the record or from the worker.

        A recorded conversation ends where `more` asks for something else than it did then.
        """
        key = digest_of(request)
        times = self._times_asked[key] = self._times_asked.get(key, 0) + 1
        key, rounds = f"{key} {times}", []

        def noted(frames):
            following = more(frames)
            rounds.append([len(frames), digest_of(following)])
            return following

        if key in self.record:
            transcript = replayed(*self.record[key], noted, rounds)
        else:
            if self._worker is None:
                self._worker = self._start()
                self._worker.prepare(self._preload)
            transcript = self._worker.ask(request, seconds, cells_seconds, noted)
        self._new.add(key, transcript, rounds)
        self.seconds += transcript.seconds
        self.kind = transcript.jail
        return transcript

    def written(self) -> bytes | None:
        """The record of this interview as bytes; None where it is too large to be kept."""
        return self._new.finished()


def digest_of(asked: object) -> str:
    return hashlib.sha256(wire.pack(asked)).hexdigest()


def replayed(transcript: Transcript, recorded: Asked, more: More, rounds: Asked) -> Transcript:
    """A recorded transcript, as far as `more`, which notes its `rounds`, asks for what was asked then."""
    for count, _ in recorded:
        more(transcript.frames[:count])
        if rounds != recorded[: len(rounds)]:
            return transcript._replace(frames=transcript.frames[:count], ended=End.FINISHED, excess="")
    return transcript


class _Writer:
    """Packs transcripts as they come, in bounded memory."""

    def __init__(self):
        self.size, self.buffer = 0, io.BytesIO()
        self.file: gzip.GzipFile | None = gzip.GzipFile(
            fileobj=self.buffer, mode="wb", compresslevel=1, mtime=0
        )

    def add(self, key, transcript, rounds):
        about = {
            "key": key,
            "rounds": rounds,
            "ended": transcript.ended,
            "seconds": round(transcript.seconds, 6),
            "excess": transcript.excess,
            "jail": transcript.jail,
            "frames": len(transcript.frames),
        }
        for frame in (about, *transcript.frames):
            if self.file is None:
                return
            try:
                data = wire.pack(frame)
            except (wire.WireError, RecursionError):
                data = None  # it could be read, but cannot be written again
            if data is None or self.size + len(data) > SIZE_LIMIT:
                self.file, self.buffer = None, io.BytesIO()
                return
            self.size += len(data)
            self.file.write(data)

    def finished(self):
        if self.file is None:
            return None
        self.file.close()
        return self.buffer.getvalue()


def read(data: bytes) -> Record:
    """{request: (Transcript, rounds)} of a record; {} where it is damaged: then the notebook runs again."""
    transcripts = {}
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            stream = io.BytesIO(file.read(SIZE_LIMIT + 1))
        while (about := wire.read(stream.read)) is not None:
            frames = []
            for _ in range(about["frames"]):
                frames.append(wire.read(stream.read))
                if frames[-1] is None:
                    raise EOFError
            how = (about[name] for name in ("seconds", "excess", "jail"))
            told = Transcript(frames, End(about["ended"]), *how)
            transcripts[about["key"]] = told, about["rounds"]
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError):
        return {}
    return transcripts
