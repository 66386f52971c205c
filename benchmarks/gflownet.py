"""GFlowNet-EM against its notebook's PyTorch code, and exact and mean-field EM beside it.

Data, starts and their numbers are those of `gmm-tf compare`: 4,000 observations of four superclusters
with four petals each, starts at random observations. A run is optimal when it ends within 1e-3 nats of
EM from the true means. Every row that draws at random goes over --seeds data sets.
"""

import os

# The libraries read these when they load.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import sys
import time
from pathlib import Path

import machine
import numpy as np
import report
from gfn_steps import load_peer, peer_training
from report import Line, ratio_line
from timing import median

from gmm_tf import GFlowNetPosterior, HierarchicalMixture, variational_em
from gmm_tf.cli.experiment import (
    METHODS,
    PRECISE_NET,
    PRECISE_TRAINING,
    Settings,
    data_and_start,
    runs,
    summary,
    total_variation,
)
from gmm_tf.data import AMBIGUOUS_MEANS, TRUE_MEANS

STEPS = str(Path(__file__).with_name("gfn_steps.py"))
MEAN_FIELD_RESTARTS = 20
# A total variation below this is rounding.
EXACT = 1e-9


def steps(options):
    """1,000 steps on the trajectory-balance loss, N = 4,000, hidden 32, with all threads and with one."""
    lines, details = [], {}
    script = [str(options.seed_script)] if options.seed_script else []
    for threads in sorted({options.threads, 1}, reverse=True):
        found = machine.child([STEPS, str(threads), "1000", str(options.repeats), *script])
        each = {name: median(values) for name, values in found["seconds"].items()}
        target = 5 if threads == options.threads else None
        lines.append(ratio_line(f"s for 1,000 steps, {threads} threads", each, "peer", 1, at_least=target))
        details[f"{threads} threads"] = found
    return lines, details


def whole_runs(options):
    """Whole GFlowNet-EM runs from 20 starts, plain and annealed; the peer's are 60 x 1,000 steps."""
    peer = load_peer(options.seed_script)
    seconds, ends = [], []
    for init in range(options.peer_runs):
        x, start = data_and_start(Settings(), init)
        peer.set_data(x)
        began = time.perf_counter()
        means = peer.run_GFN_EM(start, 60, e_len=1000)[0]
        seconds.append(time.perf_counter() - began)
        # The notebook's own are a tensor with a gradient.
        means = means.detach().numpy() if hasattr(means, "detach") else means
        ends.append(HierarchicalMixture().log_likelihood(x, means))
    plain = {seed: _table(options, "gflownet", seed) for seed in range(options.seeds)}
    annealed = {seed: _table(options, "gflownet", seed, METHODS) for seed in range(options.seeds)}
    lines = []
    if seconds:
        each = {"gmm_tf": median([line["seconds"] for line in annealed.values()]), "peer": median(seconds)}
        lines.append(
            ratio_line(f"s a run; median of {options.peer_runs} of the peer's", each, "peer", 1, at_least=100)
        )
        ours = np.mean([line["log_likelihood"] for line in annealed.values()])
        lines.append(Line("log-likelihood, annealed, mean; mean of the peer's", ours, np.mean(ends), ours))
    lines += _optima(plain, "GFlowNet-EM")
    lines += _optima(annealed, "GFlowNet-EM, annealed", required=True)
    return lines, {"peer_seconds": seconds, "peer_ends": ends, "plain": plain, "annealed": annealed}


def exact(options):
    """Exact EM from 20 starts, plain and annealed."""
    plain = {seed: _table(options, "exact", seed) for seed in range(options.seeds)}
    annealed = {seed: _table(options, "exact", seed, METHODS) for seed in range(options.seeds)}
    lines = _optima(plain, "exact EM") + _optima(annealed, "exact EM, annealed", required=True)
    return lines, {"plain": plain, "annealed": annealed}


def mean_field(options):
    """Mean-field EM from 20 starts: plain, annealed, and the best of 20 restarts, for each data set."""
    plain = {seed: _table(options, "variational", seed) for seed in range(options.seeds)}
    annealed = {seed: _table(options, "variational", seed, METHODS) for seed in range(options.seeds)}
    best = []
    for seed in range(options.seeds):
        x, start = data_and_start(Settings(seed=seed), 0)
        restarted = variational_em(x, start, restarts=MEAN_FIELD_RESTARTS, seed=seed)
        best.append(float(restarted.log_likelihoods[-1]))
    lines = _optima(plain, "mean-field EM") + _optima(annealed, "mean-field EM, annealed")
    what = f"mean-field EM, best of {MEAN_FIELD_RESTARTS} restarts: mean log-likelihood; least"
    lines.append(Line(what, np.mean(best), min(best), np.mean(best)))
    return lines, {"plain": plain, "annealed": annealed, "restarted": best}


def deep(options):
    """Total variation to the exact posterior of trees with 4, 5 and 6 levels of four branches."""
    lines, details = [], {}
    for levels in (4, 5, 6):
        found = []
        for seed in range(options.seeds):
            tree = HierarchicalMixture(levels=levels)
            x = tree.sample(4000, TRUE_MEANS, seed)
            model = GFlowNetPosterior(tree, hidden=[64, 64], seed=seed)
            model.train(x, TRUE_MEANS, 5000, learning_rate=3e-3, batch_size=500, decay=True)
            some = x[:500]
            found.append(total_variation(tree.posterior(some, TRUE_MEANS), model.probabilities(some).numpy()))
        lines.append(
            Line(
                f"TV, {levels} levels: worst of {options.seeds}; mean",
                max(found),
                np.mean(found),
                max(found),
                at_most=0.01,
            )
        )
        details[f"{levels} levels"] = found
    return lines, details


def single_e_step(options):
    """Total variation after one E-step of 10,000 steps at the ambiguous means."""
    found = []
    for seed in range(options.seeds):
        x, _ = data_and_start(Settings(seed=seed), 0)
        model = GFlowNetPosterior(hidden=PRECISE_NET, seed=seed)
        model.train(x, AMBIGUOUS_MEANS, 10_000, decay=True, **PRECISE_TRAINING)
        found.append(_to_exact(x, model.probabilities(x).numpy()))
    x, _ = data_and_start(Settings(), 0)
    peer = load_peer(options.seed_script)
    train, model = peer_training(peer, x, AMBIGUOUS_MEANS)
    train(10_000)
    q = peer.gfn_posterior(model)
    other = _to_exact(x, q[0] if isinstance(q, tuple) else q)
    what = f"TV of one E-step of 10,000 steps, worst of {options.seeds}"
    return [Line(what, max(found), other, max(found), at_most=0.01)], {"gmm_tf": found, "peer": other}


ROWS = {"a": steps, "b": whole_runs, "c": exact, "d": mean_field, "e": deep, "f": single_e_step}


def _to_exact(x, q):
    return total_variation(HierarchicalMixture().posterior(x, AMBIGUOUS_MEANS), q)


def _table(options, method, seed, anneal=()):
    found = list(runs(Settings(seed=seed, anneal=tuple(anneal)), options.inits, [method]))
    return summary(found, method)


def _optima(tables, what, required=False):
    """Lines about optima found, likelihoods and posteriors, over all seeds."""
    total = sum(line["runs"] for line in tables.values())
    optimal = sum(line["optimal"] for line in tables.values())
    fewest = min(line["optimal"] for line in tables.values())
    mean = np.mean([line["log_likelihood"] for line in tables.values()])
    worst = min(line["worst"] for line in tables.values())
    spread = [line["total_variation"] for line in tables.values()]
    lines = [
        Line(
            f"{what}: optimal of {total}; fewest of a seed",
            optimal,
            fewest,
            optimal,
            at_least=total if required else None,
        ),
        Line(f"{what}: mean log-likelihood; worst", mean, worst, mean),
    ]
    if max(spread) > EXACT:
        lines.append(
            Line(
                f"{what}: mean TV, worst seed; best seed",
                max(spread),
                min(spread),
                max(spread),
                at_most=0.004 if required else None,
            )
        )
    return lines


def parse(arguments):
    parser = report.parser(__doc__, ROWS, Path("build/bench/gflownet.json"))
    parser.add_argument("--seed-script", type=Path, help="the notebook as a script; else plain PyTorch")
    parser.add_argument("--seeds", type=int, default=5, help="data sets of rows b to f")
    parser.add_argument("--inits", type=int, default=20, help="starts for each data set")
    parser.add_argument("--peer-runs", type=int, default=3, help="whole runs of the peer, minutes each")
    return report.chosen_rows(parser, ROWS, arguments)


def main(arguments=None):
    options = parse(arguments)
    return report.run(ROWS, options, seeds=options.seeds, inits=options.inits)


if __name__ == "__main__":
    sys.exit(main())
