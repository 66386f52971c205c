"""What a package index shows of the distribution."""

import ast
import configparser
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def description():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    path = setup["metadata"]["long_description"].removeprefix("file:").strip()
    return (ROOT / path).read_text(encoding="utf-8")


def test_the_description_links_to_nothing_that_an_index_does_not_have():
    targets = re.findall(r"\]\(([^)]+)\)|(?:src|href)=\"([^\"]+)\"", description())
    assert all(target.startswith("https://") for pair in targets for target in pair if target)


def test_the_description_names_what_there_is():
    import gmm_tf

    (code,) = re.findall(r"```python\n(.*?)```", description(), re.DOTALL)
    tree = ast.parse(code)
    (imported,) = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert imported.module == "gmm_tf" and all(hasattr(gmm_tf, alias.name) for alias in imported.names)
    model = gmm_tf.EMGMM(2, 2)
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "model"
    }
    assert used and all(hasattr(model, name) for name in used)
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    extras = set(re.findall(r"gmm-tf\[(\w+)\]", description()))
    assert extras <= set(setup["options.extras_require"])


def test_a_new_process_imports_all_names_and_fits_without_a_word_on_stderr(tmp_path):
    """Without scikit-learn and a checker of shapes. One process, because each imports TensorFlow for seconds.

    The command imports it quietly, but would import modules of ours before Keras, and so register no classes.
    """
    code = f"""
import runpy, sys
runpy.run_path({str(ROOT / "gmm_tf" / "cli" / "quiet.py")!r})["import_tensorflow"]()
sys.modules["sklearn"] = None
import gmm_tf, keras
for name in ("EMGMM", "GMM", "GFlowNetPosterior"):
    assert keras.saving.get_registered_object("gmm_tf>" + name) is getattr(gmm_tf, name), name
from gmm_tf import *
assert {{"to_sklearn", "from_sklearn"}} <= set(dir(gmm_tf)) - set(gmm_tf.__all__), dir(gmm_tf)
from gmm_tf.__main__ import main
assert "jaxtyping" not in sys.modules
main()
"""
    fit = "fit", "-", "--k", "2", "--covariance", "diag", "--out", str(tmp_path)
    command = [sys.executable, "-c", code, *fit]
    rows = (ROOT / "gmm_tf" / "datasets" / "old_faithful.csv").read_bytes()
    done = subprocess.run(command, input=rows, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"") and b"272 rows" in done.stdout
