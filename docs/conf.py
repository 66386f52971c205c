"""Settings of Sphinx: `make docs` makes a site of these pages, the docstrings and the released notebooks."""

import os
from pathlib import Path

import nbformat

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import gmm_tf

HERE = Path(__file__).parent
ROOT = HERE.parent

project = "gmm_tf"
author = copyright = "The gmm-tf project"
release = version = gmm_tf.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["_build", "package.md"]  # package.md is what a package index shows
html_theme = "furo"
html_title = "gmm_tf"
html_static_path = ["_static"]
html_css_files = ["site.css"]

# MyST warns of a link to a page, heading or file that does not exist, and `make docs` fails on any warning.
myst_heading_anchors = 3
myst_enable_extensions = ["deflist", "dollarmath"]
nb_execution_mode = "off"

# Docstrings are Google style, with single backquotes for code.
default_role = "literal"
# They say shapes and types in words.
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_use_ivar = True


def copy_notebooks():
    """Copies of the notebooks as released, with their folded cells folded; only they lie outside of docs/."""
    for path in [*ROOT.glob("assignments/*/*.ipynb"), ROOT / "examples" / "paper.ipynb"]:
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            cell.source = cell.source.replace("](../docs/", "](../")
            if cell.metadata.get("jupyter", {}).get("source_hidden"):
                cell.metadata["tags"] = [*cell.metadata.get("tags", []), "hide-input"]
        target = HERE / "notebooks" / path.name
        target.parent.mkdir(exist_ok=True)
        nbformat.write(notebook, target)


copy_notebooks()
