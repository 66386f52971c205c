"""The leaves' posterior along a line, for pictures of expected against returned curves."""

import numpy as np

from autograder.authoring.precision import double, single
from autograder.engine.assignment import Question
from autograder.engine.curve import Curve
from autograder.tasks.gflownet_em import oracle


def curves() -> dict[str, list[Curve]]:
    """{task id: its Curves}: the leaves' posterior along a line across two superclusters."""
    means = single([[-0.6, 0.0], [0.6, 0.3]])
    x = np.linspace(-2.2, 2.2, 301, dtype=np.float32)
    points = np.stack([x, np.full_like(x, 0.6)], axis=1)
    posterior = oracle.posterior(double(points), double(means))
    highest = posterior.max(0)
    i, j = np.unravel_index(np.argsort(-highest.ravel(), kind="stable")[:4], highest.shape)

    def leaves_of(q):
        return q.reshape(posterior.shape)[:, i, j]

    question = Question("exact_posterior", (points, means), ("component_means", "data_log_likelihood"))
    lines = tuple(f"i = {a}, j = {b}" for a, b in zip(i, j, strict=True))
    return {
        "exact_posterior": [
            Curve(question, x, leaves_of(posterior), leaves_of, lines, "posterior p(i, j | x)",
                  "first coordinate of x", "two superclusters; the second coordinate of x is 0.6")
        ]
    }  # fmt: skip
