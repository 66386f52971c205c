"""The command line as a process: what it costs before there is work, and what it says on standard error."""

import ast
import gzip
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import gmm_tf

PACKAGE = Path(gmm_tf.__file__).parent
FAITHFUL = PACKAGE / "datasets" / "old_faithful.csv"


# (arguments, exit status, part of what is said); first those that import no reader of tables.
COMMANDS = [
    (["--help"], 0, "predict"),
    (["--version"], 0, f"gmm-tf {gmm_tf.__version__}"),
    (["fit", "--help"], 0, "--exclude"),
    (["predict", "--help"], 0, "parameters.json"),
    (["fit", "data.csv"], 2, "required: --k, --out"),
    (["fit", "data.csv", "--k", "0", "--out", "x"], 2, "expected an integer >= 1, got '0'"),
    (["fit", "nowhere.csv", "--k", "2", "--out", "x"], 2, "nowhere.csv: No such file or directory"),
    (["fit", "a.csv", "--k", "2", "--out", "x", "--encoding", "utf-9"], 2, "an encoding such as latin-1"),
    (["fit", "a.csv", "--k", "2", "--out", "x", "--thousands", "."], 2, "other than --decimal"),
    (["predict", "nowhere", "data.csv", "--out", "x"], 2, "nowhere: No such file or directory"),
    (["compare", "--out", "x", "--methods", "none"], 2, "Expected --methods, got none"),
    (["no-such-command"], 2, "invalid choice"),
]
# Prints the exit status of each command, what it said, and all modules that are imported after it.
ONE_BY_ONE = """
import contextlib, io, json, sys
from gmm_tf.__main__ import main
found = []
for arguments in json.loads(sys.argv[1]):
    said, sys.argv = io.StringIO(), ["gmm-tf", *arguments]
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            main()
    except SystemExit as end:
        found.append([end.code, said.getvalue(), list(sys.modules)])
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What ONE_BY_ONE prints of COMMANDS, in one new process for all."""
    folder = tmp_path_factory.mktemp("commands")
    command = [sys.executable, "-c", ONE_BY_ONE, json.dumps([arguments for arguments, *_ in COMMANDS])]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert done.stderr == "" and not list(folder.iterdir())
    return json.loads(done.stdout)


@pytest.mark.parametrize("place", range(len(COMMANDS)), ids=[" ".join(command[0]) for command in COMMANDS])
def test_help_and_wrong_usage_import_no_tensorflow(found, place):
    (arguments, expected, part), (status, said, imported) = COMMANDS[place], found[place]
    assert status == expected and part in said
    # These two are what takes seconds.
    assert {"argparse", "gmm_tf"} <= set(imported) and not {"tensorflow", "keras", "matplotlib"} & set(
        imported
    )
    if "--help" in arguments or "required" in part:
        assert not {"polars", "openpyxl"} & set(imported)


def test_the_package_is_a_command():
    command = [sys.executable, "-m", "gmm_tf", "--version"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"gmm-tf {gmm_tf.__version__}\n", "")


def quietly(*arguments):
    command = [sys.executable, "-m", "gmm_tf", *map(str, arguments)]
    done = subprocess.run(command, input=FAITHFUL.read_bytes(), capture_output=True, check=True)
    assert done.stderr == b"" and b"272 rows" in done.stdout


@pytest.mark.slow  # test_package.py has one fit
@pytest.mark.parametrize(
    "options", [(), ("--method", "mle"), ("--in-memory-limit", 0), ("--covariance", "tied")]
)
def test_no_good_fit_or_prediction_writes_to_stderr(tmp_path, options):
    quietly("fit", "-", "--k", 2, "--out", tmp_path, *options)
    quietly("predict", tmp_path, "-", "--out", tmp_path)
    assert len((tmp_path / "predictions.csv").read_text().splitlines()) == 273


def test_the_library_knows_nothing_of_its_command_line():
    sources = {path.name: path.read_text() for path in [*PACKAGE.glob("*.py"), *PACKAGE.glob("plots/*.py")]}
    assert [name for name, text in sources.items() if "gmm_tf.cli" in text] == ["__main__.py"]


def test_every_public_name_is_there_and_known_to_type_checkers():
    from_star = {}
    exec("from gmm_tf import *", from_star)
    assert set(gmm_tf.__all__) <= set(dir(gmm_tf)) and set(gmm_tf.__all__) <= set(from_star)
    stub = ast.parse((PACKAGE / "__init__.pyi").read_text())
    imports = [node for node in stub.body if isinstance(node, ast.ImportFrom)]
    home = {alias.name: node.module for node in imports for alias in node.names}
    (listed,) = [ast.literal_eval(node.value) for node in stub.body if isinstance(node, ast.Assign)]
    assert sorted(listed) == sorted(gmm_tf.__all__)
    # Those that need scikit-learn are left out of `import *`.
    assert set(home) - set(listed) == {"from_sklearn", "to_sklearn"}
    for name, module in home.items():
        assert getattr(gmm_tf, name) is getattr(sys.modules[module], name)
    assert (PACKAGE / "py.typed").exists()
    with pytest.raises(AttributeError, match="no attribute 'fit_me'"):
        gmm_tf.fit_me  # noqa: B018


@pytest.mark.slow  # test_package.py imports gmm_tf first
@pytest.mark.parametrize("order", ["import gmm_tf, keras", "import keras, gmm_tf"])
def test_keras_knows_the_classes_of_saved_models(order):
    """`keras.saving.load_model` finds a class by its registered name."""
    code = f"""{order}
assert "tensorflow.python" in __import__("sys").modules
for name in ("EMGMM", "GMM", "GFlowNetPosterior"):
    assert keras.saving.get_registered_object("gmm_tf>" + name) is getattr(gmm_tf, name)
"""
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


# Not `ru_maxrss`, which begins with the peak of the process that started this one.
PEAK = """
from gmm_tf.__main__ import main
try:
    main()
finally:
    status = dict(line.split(":") for line in open("/proc/self/status"))
    print(status["VmHWM"].split()[0])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("pack", [bytes, lambda content: gzip.compress(content, 1)])
def test_a_streamed_fit_stays_flat_in_memory(tmp_path, pack):
    rng = np.random.default_rng(0)
    lines = b"".join(b"%.6f,%.6f\n" % tuple(row) for row in rng.normal(size=(100_000, 2)) + [0, 5])
    peaks = []
    for times in (10, 100):
        command = [sys.executable, "-c", PEAK, "fit", "-", "--k", "2", "--out", str(tmp_path / "out")]
        command += ["--in-memory-limit", "0", "--max-steps", "2", "--tol", "0"]
        done = subprocess.run(command, input=pack(b"x,y\n" + lines * times), capture_output=True, check=True)
        parameters = json.loads((tmp_path / "out" / "parameters.json").read_text())
        assert parameters["streamed"] and parameters["rows"] == 100_000 * times and done.stderr == b""
        peaks.append(int(done.stdout.split()[-1]))
    # Another 180 MB of text, and 144 MB of numbers.
    assert peaks[1] - peaks[0] < 60_000
