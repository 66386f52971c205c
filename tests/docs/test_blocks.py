"""The blocks of the pages, run in a clean directory as a reader would type them.

Other tests follow docs/authoring.md (tests/grader/test_authoring_guide.py), docs/term.md
(tests/grader/term/test_term.py) and CONTRIBUTING.md (test_contributing.py).
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pages
import pytest

BIN = Path(sys.executable).parent
HERE = ("researchers.md", "command-line.md", "instructors.md", "publishing.md")
ELSEWHERE = {
    r"make (demo|test)": ".ci/run",
    r"make bench-.*": "benchmarks of minutes and hours",
    r"python examples/distributed.py": "tests/library/test_distribute.py",
    r"gmm-tf (compare|depth|regimes) .*": "tests/library/test_compare.py, test_regimes.py",
    r"autograder check gmm-two-ways.ipynb": "tests/grader/test_check.py",
    r"autograder evidence .*": "tests/grader/test_evidence.py",
    r"autograder publish .*": "tests/grader/term/test_publish.py",
    r"pip install .*": "what `make` installs",
    r"autograder doctor": "tests/grader/test_machine.py",
}
FOLLOWED = ("authoring.md", "term.md", "CONTRIBUTING.md")
# Pages whose Python blocks run here, and who runs those of the others.
RUN = ("README.md", "docs/gflownet.md", "docs/mixtures.md", "docs/package.md", "docs/researchers.md")
RUN_ELSEWHERE = {
    "docs/authoring.md": "tests/grader/test_authoring_guide.py",
    "docs/checking.md": "tests/grader/test_check.py",
    "docs/command-line.md": "tests/library/test_predict_command.py",
    "docs/containers.md": "a setting of JupyterHub",
    "docs/distributed.md": "tests/library/test_distribute.py",
}
# The same with fewer resamples, rows and steps.
SHORTER = {
    "n=999": "n=20",
    "sample(4000": "sample(200",
    "steps=5000": "steps=20",
    "steps=500,": "steps=20,",
}


def test_every_command_is_run_by_a_test_or_named_as_too_long():
    run_here = {command for name in HERE for command in to_run(name)}
    for path in pages.PAGES:
        if path.name not in FOLLOWED:
            for command in pages.commands(path):
                assert command in run_here or elsewhere(command), f"{path.name}: {command}"


def test_every_python_block_is_run_by_a_test_or_named():
    found = {path.relative_to(pages.ROOT).as_posix() for path in pages.PAGES if pages.blocks(path, "python")}
    assert found == {*RUN, *RUN_ELSEWHERE}


def test_the_tests_that_run_other_blocks_exist():
    for words in (*ELSEWHERE.values(), *RUN_ELSEWHERE.values()):
        names = re.findall(r"test_\w+\.py", words)
        assert all(list((pages.ROOT / "tests").rglob(name)) for name in names), words


def elsewhere(command):
    return any(re.fullmatch(pattern, command) for pattern in ELSEWHERE)


def to_run(name):
    return [command for command in pages.commands(pages.DOCS / name) if not elsewhere(command)]


def follow(folder, commands, words=()):
    """Run commands in a folder, one after another, in the directory to which `cd` went.

    Args:
        words: (what the page says, what stands for it here).
    """
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "GIT_TERMINAL_PROMPT": "0"}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    for name in ("AUTHOR", "COMMITTER"):
        environment |= {f"GIT_{name}_NAME": "A", f"GIT_{name}_EMAIL": "a@example.com"}
    here = folder
    for command in commands:
        for said, meant in words:
            command = command.replace(said, shlex.quote(str(meant)))
        if command.startswith("cd "):
            here = here / command.removeprefix("cd ")
            continue
        done = subprocess.run(command, shell=True, cwd=here, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        yield command, done, here


def table(path, rows, header):
    lines = [",".join(header), *(",".join(f"{value:.3f}" for value in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["researchers.md", "command-line.md"])
def test_fits_of_a_table(tmp_path, name):
    import gmm_tf

    # Columns of the page's examples: one called name, and numbers 4 to 6, are left out.
    x = gmm_tf.data.old_faithful()
    rows = [[i, *row, *row, i % 7] for i, row in enumerate(x)]
    for file in ("DATA.csv", "NEW.csv", "DATA", "NEW_DATA"):
        table(tmp_path / file, rows, ["name", "eruption", "waiting", "a", "b", "c"])
    for command, _, here in follow(tmp_path, to_run(name)):
        wanted = "parameters.json" if " fit " in command else None
        assert wanted is None or (here / "results" / wanted).is_file()
    assert [path for path in tmp_path.glob("*.csv") if path.stem in ("predictions", "labels")]


@pytest.mark.slow
def test_a_first_class(tmp_path):
    submissions = pages.ROOT / "examples" / "submitted"
    for _ in follow(tmp_path, to_run("instructors.md"), [("SUBMISSIONS", submissions)]):
        pass
    reports = tmp_path / "course" / "reports" / "gmm-two-ways"
    assert {"grades.json", "report.html", "grades.csv"} <= {path.name for path in reports.iterdir()}
    assert len(list((tmp_path / "course" / "feedback").iterdir())) == len(list(submissions.iterdir()))


@pytest.mark.slow
def test_publishing_by_hand(tmp_path):
    for name in ("private", "public"):
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", tmp_path / name], check=True)
    words = [("PRIVATE", tmp_path / "private"), ("PUBLIC", tmp_path / "public")]
    source = tmp_path / "course" / "solutions" / "gmm-two-ways" / "gmm-two-ways.ipynb"
    for command, done, here in follow(tmp_path, to_run("publishing.md"), words):
        if command.startswith("! git grep"):
            assert not done.stdout
        if command.startswith("git ls-tree"):
            assert set(done.stdout.split()) == {
                f"{name}/{name}.ipynb" for name in ("gflownet-em", "gmm-two-ways")
            }
            notebook = nbformat.read(source, as_version=4)
            notebook.cells[0].source += "\n\nA clearer sentence."
            nbformat.write(notebook, source)
        if command == "mkdir submitted":
            shutil.copytree(pages.ROOT / "examples" / "submitted" / "ada", here / "submitted" / "ada")
    assert "A clearer sentence." in (here / "assignments" / "gmm-two-ways" / "gmm-two-ways.ipynb").read_text()
    assert (here / "reports" / "gmm-two-ways" / "grades.json").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("name", RUN)
def test_python_blocks_run_in_order_and_print_what_the_page_says(tmp_path, monkeypatch, capsys, name):
    import numpy as np

    import gmm_tf

    monkeypatch.chdir(tmp_path)
    x = gmm_tf.data.old_faithful()
    scope = {"eruptions": x[:9, :1], "counts": np.ones(len(x))}
    for block in pages.blocks(pages.ROOT / name, "python"):
        text = block.text
        for said, shorter in SHORTER.items():
            text = text.replace(said, shorter)
        exec(text, scope)
        printed = capsys.readouterr().out
        # The number of steps until it converges depends on the processor's rounding.
        assert all(words in printed for words in re.findall(r"# .*(mean log-likelihood [-.\d]+)", text))


@pytest.mark.slow
def test_the_site_is_made_without_a_warning(tmp_path):
    pytest.importorskip("myst_nb")
    words = ["--quiet", "--fail-on-warning", "--keep-going", "-b", "html", "docs", tmp_path / "site"]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *words], cwd=pages.ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    for name in ("index", "notebooks/gmm-two-ways", "notebooks/gflownet-em", "api/gmm_tf", "search"):
        assert (tmp_path / "site" / f"{name}.html").is_file()
    assert "mstep" in (tmp_path / "site" / "searchindex.js").read_text()
