"""`gmm-tf regimes`: its rules by hand, and the whole of it on small cells."""

import json
import os
import re
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

from gmm_tf.cli import main, regimes, regimes_command, workers

CELL = regimes.Cell(2, 3, 1.0)
TINY = regimes.FAST._replace(cells=(CELL,), n=60, held_out=20, seconds=0.2, hidden=(8,))


def made(method, values, truth=0.0):
    return [
        regimes.Run(
            CELL, i // 2, regimes.STARTS[i % 2], method, value, truth, 5, 1.0, [[0.0, value]], 3.0, None
        )
        for i, value in enumerate(values)
    ]


def test_a_win_needs_nine_of_ten_and_the_margin():
    base = np.zeros(10)
    assert regimes.compared(base + 0.03, base) == "better" and regimes.compared(base, base + 0.03) == "worse"
    nine = np.where(np.arange(10) == 0, -1.0, 0.03)
    assert regimes.compared(nine, base) == "better"
    eight = np.where(np.arange(10) < 2, -1.0, 0.03)
    assert regimes.compared(eight, base) == "tie"
    assert regimes.compared(base + 0.01, base) == "tie"
    assert regimes.compared(base, base) == "tie"
    # Two pairs prove nothing, and 8 of 9 is less than nine of ten.
    assert regimes.compared(base[:2] + 1, base[:2]) == "tie"
    assert regimes.compared(nine[:9], base[:9]) == "tie"
    assert regimes.compared(base[:8] + 0.03, base[:8]) == "better"
    assert regimes.compared(base[:7] + 0.03, base[:7]) == "tie"


def test_a_run_without_a_number_decides_nothing():
    base = np.zeros(10)
    broken = np.where(np.arange(10) == 0, np.nan, 0.03)
    assert regimes.compared(broken, base) == regimes.compared(base, broken) == "tie"


def test_a_report_says_what_is_unfinished_and_what_is_left_out():
    settings = regimes.Settings(cells=(CELL,))
    runs = [
        run._replace(missed=0.1) for name in regimes.methods((1,)) for run in made(name, np.full(10, 0.5))
    ]
    assert regimes.is_complete(regimes.summary(runs, CELL), settings)
    text = regimes_command.report(runs, settings)
    assert "unfinished" not in text and "so far" not in text and "us a draw" not in text
    left_out = {line.split("truth")[0].strip() for line in text.splitlines() if "left out   0.100" in line}
    assert left_out == {"exact", "beam of 64"}
    fewer = regimes_command.report(runs[:-1], settings)
    assert "unfinished" in fewer and "so far beaten by" in fewer and "not finished" in fewer


def test_the_verdict_says_who_wins_and_what_is_a_tie():
    runs = (
        made("exact", np.full(10, 1.0))
        + made("beam of 64", np.full(10, 0.5))
        + made("RWS-8", np.full(10, 0.2))
    )
    found = regimes.summary(runs, CELL)
    assert [line["method"] for line in found] == ["exact", "beam of 64", "RWS-8"]
    assert found[2]["beaten_by"] == ["exact", "beam of 64"]
    assert regimes_command.verdict(found, 10) == "exact wins"
    assert regimes_command.verdict(found, 12) == "not finished"
    even = regimes.summary(runs[10:20] + made("RWS-8", np.full(10, 0.495)), CELL)
    assert regimes_command.verdict(even, 10) == "a tie; not beaten by any method: beam of 64; RWS-8"
    assert "exact wins" in regimes_command.report(runs, regimes.Settings(cells=(CELL,)))


def test_the_methods_of_a_pair_see_the_same_data_and_start():
    tasks = regimes.tasks(TINY)
    assert len(tasks) == 2 * len(regimes.methods(TINY.hidden))
    first, second = (regimes.problem_of(task, TINY) for task in tasks[:2])
    np.testing.assert_array_equal(first[1], second[1])
    np.testing.assert_array_equal(first[3].tables, second[3].tables)
    other = regimes.problem_of(tasks[-1], TINY)
    np.testing.assert_array_equal(first[1], other[1])
    assert not np.array_equal(first[3].tables, other[3].tables)


@pytest.mark.parametrize("method", ["exact", "beam of 64", "Gibbs, 20 sweeps", "mean-field, best of 5"])
def test_a_run_learns_in_its_time(method):
    task = regimes.Task(CELL, 0, regimes.STARTS[1], method)
    _, x, held_out, start = regimes.problem_of(task, TINY)
    run = regimes.run(task, TINY)
    assert 0.2 <= run.seconds < 5 and run.iterations >= 1
    assert run.trace[0][0] <= run.trace[-1][0] <= run.seconds
    if method == "exact":
        from gmm_tf.hierarchical import log_density

        assert run.log_likelihood > np.mean(log_density(start, held_out)) and run.missed == 0
    assert regimes.Run(**json.loads(json.dumps(run._asdict())))[1:] == run[1:]


def test_residual_k_means_explains_more_than_chance():
    tasks = [regimes.Task(CELL, 0, start, "exact") for start in regimes.STARTS]
    squares = []
    for task in tasks:
        _, x, _, start = regimes.problem_of(task, TINY)
        rest = x
        for table in start.tables:
            rest = rest - table[((rest[:, None] - table) ** 2).sum(-1).argmin(1)]
        squares.append((rest**2).mean())
    assert squares[0] < squares[1]


def test_runs_without_settings_are_not_continued(tmp_path):
    (tmp_path / regimes.RUNS).write_text("{}\n", "utf-8")
    with pytest.raises(ValueError, match="settings"):
        list(regimes.run_all(tmp_path, TINY, 1))


NUMBERS = {"six": 6, "ten": 10}
ROOT = Path(__file__).parents[2]


def tables(text):
    """{cell: {method: nats below the true codebooks}} of a page's tables, as they are written."""
    found = {}
    for block in text.split("\n\n"):
        head = re.match(r"\| D = (\d+), (\w+) levels, std ([\d.]+) \|", block)
        if head:
            rows = [[part.strip() for part in line.split("|")[1:3]] for line in block.splitlines()[2:]]
            cell = regimes.Cell(int(head[1]), NUMBERS[head[2]], float(head[3]))
            found[cell] = {re.sub(r" \(.*", "", method): gap for method, gap in rows}
    return found


def test_curves_are_medians_of_the_records_of_runs():
    """Of three runs that fall linearly from 6, 4 and 1 nats to 3, 2 and 0, recorded at other times."""
    runs = [
        regimes.Run(CELL, 0, "k", "m", -1.0 - end, -1.0, 9, 10.0, trace, 1.0, None)
        for end, trace in (
            (3.0, [[0.0, -7.0], [5.0, -5.5]]),
            (2.0, [[0.0, -5.0], [2.0, -4.6], [8.0, -3.4]]),
            (0.0, [[0.0, -2.0]]),
        )
    ]
    seconds, gaps = regimes.median_gaps(runs)
    np.testing.assert_allclose(seconds, [0, 10 / 3, 20 / 3, 10])
    np.testing.assert_allclose(gaps, 4 - seconds / 5)


def test_the_legend_has_methods_that_are_not_in_the_first_panel(monkeypatch, tmp_path):
    from matplotlib.figure import Figure

    drawn = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: drawn.append(figure))
    names = list(regimes.methods((1,)))[1:3]
    other = regimes.Cell(4, 3, 1.0)
    runs = [run._replace(cell=other) for name in names for run in made(name, [-0.5, -0.4])]
    regimes_command._draw(tmp_path, runs, regimes.Settings(cells=(CELL, other)))
    texts = [text.get_text() for ax in drawn[0].axes if ax.get_legend() for text in ax.get_legend().texts]
    assert texts == names


def test_the_tables_of_the_docs_are_those_of_the_runs():
    """`regimes.summary` is not trusted with the medians."""
    page, runs = (ROOT / "docs/gflownet.md").read_text("utf-8"), regimes.read(ROOT / "benchmarks/regimes")
    checked = 0
    for cell, written in tables(page).items():
        assert regimes.is_complete(regimes.summary(runs, cell), regimes.Settings())
        gaps = {}
        for run in runs:
            if run.cell == cell:
                gaps.setdefault(run.method, []).append(run.truth - run.log_likelihood)
        assert written == {method: f"{np.median(each):.3f}" for method, each in gaps.items()}
        checked += 1
    assert checked == len(regimes.Settings().cells)


@pytest.mark.slow
def test_the_fast_experiment_runs_and_goes_on(monkeypatch, tmp_path, capsys):
    def command():
        monkeypatch.setattr(
            "sys.argv", ["gmm-tf", "regimes", "--fast", "--jobs", "2", "--out", str(tmp_path)]
        )
        with pytest.raises(SystemExit) as stopped:
            main.main()
        return stopped.value.code

    assert command() == 0
    runs = regimes.read(tmp_path)
    assert {run[:4] for run in runs} == set(regimes.tasks(regimes.FAST))
    assert all(np.isfinite(run.log_likelihood) and run.microseconds > 0 for run in runs)
    assert "a tie" in capsys.readouterr().out
    assert matplotlib.image.imread(tmp_path / "regimes.png").std() > 0.02
    kept = tmp_path / regimes.RUNS
    kept.write_text("\n".join(kept.read_text("utf-8").splitlines()[:-2]) + '\n{"cell": [2', "utf-8")
    assert command() == 0
    assert {run[:4] for run in regimes.read(tmp_path)} == set(regimes.tasks(regimes.FAST))
    monkeypatch.setattr("sys.argv", ["gmm-tf", "regimes", "--fast", "--seed", "1", "--out", str(tmp_path)])
    with pytest.raises(SystemExit) as stopped:
        main.main()
    assert stopped.value.code == 2 and "other" in capsys.readouterr().err


def test_workers_import_numpy_with_one_thread(monkeypatch, tmp_path):
    """More would run on the other workers' cores, and their waiting would count as CPU time."""

    def pool(jobs, **_):
        raise InterruptedError(os.environ["OPENBLAS_NUM_THREADS"] + os.environ["OMP_NUM_THREADS"])

    for name in workers.ONE_THREAD:
        monkeypatch.setenv(name, "7")
    monkeypatch.setattr(workers, "ProcessPoolExecutor", pool)
    with pytest.raises(InterruptedError, match="11"):
        list(regimes.run_all(tmp_path, TINY, 2))
