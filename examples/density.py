"""Fit the course's mixture by EM and by gradient, and plot both: python examples/density.py OUT.png."""

import sys

from matplotlib.figure import Figure

from gmm_tf import COURSE, EMGMM, GMM, course_data, fit_em, fit_gradient, mixture_likelihood, plots


def main(path):
    x = course_data(5000, seed=0)
    em, mle = EMGMM(5, seed=0), GMM(5, seed=0)
    print(fit_em(em, x).trace[-1], -fit_gradient(mle, x).trace[-1])
    figure = Figure(figsize=(8, 4), layout="constrained")
    ax = figure.add_subplot()
    plots.density(ax, em.log_prob, x=x, means=em.means, label="EM")
    plots.density(ax, mle.log_prob, label="gradient", style=1)
    plots.density(ax, lambda x: mixture_likelihood(x, *COURSE), label="truth", style=3)
    ax.set_title("Two ways to one density: 5,000 points, five components")
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main(sys.argv[1])
