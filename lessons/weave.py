"""Put the cells that both notebooks share into the source notebooks: `python lessons/weave.py`."""

from pathlib import Path

import nbformat

HERE = Path(__file__).resolve().parent
CELLS = {"given-imports": "imports.py", "given-checks": "checks.py", "given-figures": "figures.py"}


def shared(identity: str) -> str:
    """Source of a shared cell."""
    return (HERE / CELLS[identity]).read_text(encoding="utf-8").strip("\n")


def weave(path: Path) -> None:
    """Write the shared cells into the notebook at `path`."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.id in CELLS:
            cell.source = shared(cell.id)
    nbformat.write(notebook, path)


if __name__ == "__main__":
    for path in sorted((HERE.parent / "solutions").glob("*/*.ipynb")):
        weave(path)
