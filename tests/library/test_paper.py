"""`examples/paper.ipynb` in its fast form: it runs, keeps its runs, and goes on where it was."""

import re
from pathlib import Path

import nbformat
import pytest

PAPER = Path(__file__).resolve().parents[2] / "examples" / "paper.ipynb"
RUNS = 2 * 3  # starts and methods of the fast form


def executed(folder):
    """Outputs of each cell that printed or drew, by the id of the cell."""
    nbclient = pytest.importorskip("nbclient")
    notebook = nbformat.read(PAPER, as_version=4)
    settings = next(cell for cell in notebook.cells if cell.id == "settings")
    assert "FAST = False" in settings.source
    settings.source = settings.source.replace("FAST = False", "FAST = True")
    nbclient.NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(folder)}}).execute()
    return {cell.id: cell.outputs for cell in notebook.cells if cell.get("outputs")}


def words(outputs):
    return "".join(output.get("text", "") for output in outputs)


def without_seconds(table):
    return [re.sub(r"\s+\S+$", "", line) for line in table.splitlines()]


@pytest.mark.slow
def test_the_paper_notebook_runs_and_goes_on(tmp_path):
    whole = executed(tmp_path)
    assert f"0 runs are on the disk, {RUNS} are to be made." in words(whole["runs"])
    for figure in ("figure-2", "figure-3"):
        (shown,) = [output for output in whole[figure] if output.output_type == "display_data"]
        alt = re.search(r'alt="([^"]*)"', shown.data["text/html"])
        assert shown.data["image/png"] and len(alt.group(1)) > 25

    kept = tmp_path / "paper_runs_fast" / "runs.jsonl"
    lines = kept.read_text("utf-8").rstrip().splitlines()
    kept.write_text("\n".join(lines[:-1]) + "\n", "utf-8")
    again = executed(tmp_path)
    assert f"{RUNS - 1} runs are on the disk, 1 are to be made." in words(again["runs"])
    assert without_seconds(words(again["table"])) == without_seconds(words(whole["table"]))


def test_the_paper_notebook_is_kept_without_outputs():
    notebook = nbformat.read(PAPER, as_version=4)
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook.cells)
