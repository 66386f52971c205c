"""Choose, fit and draw a mixture of real data: python examples/old_faithful.py OUT_DIR."""

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from gmm_tf import EMGMM, data, fit_em, mixture, plots, select_components


def main(folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    x = data.old_faithful()
    chosen = select_components(x, range(1, 7), "full", restarts=10, seed=0)
    model = chosen.best
    print(f"BIC chooses {model.k} components: {chosen.bic.min():.2f}")

    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    plots.information_criteria(left, chosen.components, chosen.bic, chosen.aic)
    theta = model.mixture
    plots.ellipses(right, theta.mu, mixture.covariances(theta), np.exp(theta.log_pi), x)
    right.set_xlabel("eruption (minutes)")
    right.set_ylabel("waiting (minutes)")
    figure.savefig(folder / "old_faithful.png", dpi=110)

    model = EMGMM(2, 2, "full", seed=1, dtype="float64")
    model.means.assign([[2.0, 90.0], [5.0, 50.0]])
    model.log_cholesky.assign(np.repeat(np.diag(np.log(x.std(0)))[None], 2, 0))
    steps, values = [], []
    for _ in range(40):
        theta = model.mixture
        steps.append((np.exp(theta.log_pi), theta.mu.numpy(), mixture.covariances(theta).numpy()))
        values.append(fit_em(model, x, max_steps=1, tol=0, start="weights").trace[0])
    plots.animate_em(x, steps, values, path=folder / "em.gif")


if __name__ == "__main__":
    main(sys.argv[1])
