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


def test_all_names_are_imported_without_scikit_learn_and_without_a_checker_of_shapes():
    """In the process that also shows that `keras.saving.load_model` finds the classes of saved models."""
    code = """
import sys
sys.modules["sklearn"] = None
import gmm_tf, keras
assert "tensorflow.python" in sys.modules
for name in ("EMGMM", "GMM", "GFlowNetPosterior"):
    assert keras.saving.get_registered_object("gmm_tf>" + name) is getattr(gmm_tf, name), name
from gmm_tf import *
assert {"to_sklearn", "from_sklearn"} <= set(dir(gmm_tf)) - set(gmm_tf.__all__), dir(gmm_tf)
assert "jaxtyping" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-1000:]
