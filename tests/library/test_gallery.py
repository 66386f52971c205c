"""The runner of scikit-learn's gallery, on examples of its two ways to import the estimator."""

import importlib.util
import tarfile
from pathlib import Path

import pytest

PATH = Path(__file__).resolve().parents[2] / "examples" / "scikit_learn_gallery.py"
SPEC = importlib.util.spec_from_file_location("scikit_learn_gallery", PATH)
gallery = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(gallery)

BY_NAME = """
from sklearn.mixture import GaussianMixture
model = GaussianMixture(2)
print("made by", type(model).__module__)
"""
BY_MODULE = """
from sklearn import datasets
from sklearn import mixture
models = mixture.GaussianMixture(2), mixture.BayesianGaussianMixture(n_components=3)
print("made by", *(type(model).__module__ for model in models))
"""
ANOTHER = """
from sklearn.mixture import BayesianGaussianMixture
BayesianGaussianMixture(n_components=3)
"""


def test_one_import_is_changed_and_nothing_else():
    assert gallery.changed(BY_NAME) == BY_NAME.replace("sklearn.mixture", "gmm_tf.sklearn")
    new = "from gmm_tf import sklearn as mixture"
    assert gallery.changed(BY_MODULE) == BY_MODULE.replace("from sklearn import mixture", new)
    together = BY_MODULE.replace("datasets\nfrom sklearn import mixture", "datasets, mixture")
    assert gallery.changed(together).splitlines()[1] == f"from sklearn import datasets; {new}"
    assert gallery.changed(ANOTHER) is None and gallery.changed("import numpy") is None


@pytest.mark.slow
@pytest.mark.parametrize("archived", [True, False])
def test_examples_run_and_what_fails_is_named(tmp_path, capsys, archived):
    folder = tmp_path / "scikit_learn-1.0" / "examples"
    folder.mkdir(parents=True)
    for name, text in {
        "a.py": BY_NAME,
        "b.py": BY_MODULE,
        "c.py": ANOTHER,
        "d.py": BY_NAME + "raise OSError('by itself')\n",
    }.items():
        (folder / name).write_text(text)
    source = folder
    if archived:
        source = tmp_path / "scikit_learn.tar.gz"
        with tarfile.open(source, "w:gz") as archive:
            archive.add(folder.parent, folder.parent.name)
    assert gallery.main([str(source)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:-1]] == ["a.py", "b.py", "d.py"]
    assert lines[1].endswith("runs") and lines[2].endswith("runs")
    assert lines[3].endswith("OSError: by itself")
    assert lines[-1] == "2 of 3 examples run with the import changed"
