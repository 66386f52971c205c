"""`mixture_posterior_logits`: the log joint, up to a constant for each point."""

import functools

import numpy as np
from scipy.special import log_softmax, logsumexp, softmax

from autograder.engine.assignment import task
from autograder.engine.judge import EITHER, Finding, Mistake, agree, explain, fits, unknown, verdict
from autograder.engine.remembering import remembered
from autograder.engine.scale import Kind
from autograder.tasks.gmm_two_ways import oracle
from autograder.tasks.gmm_two_ways.density import (
    DENSITY_MISTAKES,
    TAIL_DENSITY,
    advice_about_logits,
    density_questions,
    judge_density,
)
from autograder.tasks.gmm_two_ways.inputs import first_or_right, flat, wrong_shape

# Below this log-probability a component's entry counts as a tail.
TAIL_POSTERIOR = -6.0


def rowless(values, row):
    """Logits without their constant per row: relative to the entry in `row`."""
    return values - values[np.arange(len(values)), row][:, None]


@remembered
def expected(arguments, pieces):
    """What the computation with these pieces exchanged gives for a question.

    Returns:
        Logits relative to the likeliest component of each row, their magnitude, which component that is,
        and where neither the posterior nor the density is in its tails.
    """
    with np.errstate(all="ignore"):
        right = oracle.log_joint(*flat(arguments[2:]))
        near = log_softmax(right, axis=1) > TAIL_POSTERIOR
        near &= logsumexp(right, axis=1, keepdims=True) > TAIL_DENSITY
        exchanged = {name: piece for name, piece in pieces.items() if name != "reduce"}
        joint = oracle.log_joint(*flat(arguments[2:]), **exchanged)
        row, size = right.argmax(1), np.abs(joint)
        want = rowless(pieces.get("reduce", np.asarray)(joint), row)
    return want, np.fmax.reduce(size, axis=1, keepdims=True) + size, row, near


# The constant 2 pi cancels: without any constant the logits are those without -log sigma.
POSTERIOR_MISTAKES = [
    mistake
    for mistake in DENSITY_MISTAKES
    if mistake.id
    not in {"two-pi-missing", "two-pi-not-halved", "sigma-normaliser-missing", "normaliser-missing"}
] + [
    # Constants do not matter here, so that in a shared helper it may be either.
    Mistake(f"sigma-normaliser-missing{EITHER}normaliser-missing", Kind.TERM,
            "The term -log sigma is missing.",
            "A narrow component is higher: the density is divided by sigma.",
            {"normaliser": lambda s: 0 * s}),
    Mistake("probabilities-for-logits", Kind.STRUCTURE, "Probabilities are returned, not logits.",
            "Return log-probabilities: leave out the last exponential.",
            {"reduce": lambda joint: softmax(joint, axis=1)}),
    Mistake("normalised-over-data", Kind.STRUCTURE, "The logits are normalised over the data axis.",
            "For each point the probabilities of its components sum to one.",
            {"reduce": lambda joint: log_softmax(joint, axis=0)}),
    Mistake("probabilities-over-data", Kind.STRUCTURE,
            "Probabilities are returned, and they are normalised over the data axis.",
            "Return logits; for each point the components' probabilities sum to one.",
            {"reduce": lambda joint: softmax(joint, axis=0)}),
    Mistake("divided-by-likelihood", Kind.STRUCTURE, "The log joint is divided by the log-likelihood.",
            "A quotient of densities is a difference of their logarithms.",
            {"reduce": lambda joint: joint / logsumexp(joint, axis=1, keepdims=True)}),
    Mistake("density-forgotten", Kind.STRUCTURE, "Only the prior counts: the data are not used.",
            "By Bayes' rule the posterior is prior times density of x.",
            {"exponent": lambda d, s: 0 * d, "normaliser": lambda s: 0 * s}),
    Mistake("joint-for-log", Kind.STRUCTURE, "The joint density is returned, not its logarithm.",
            "Return logits: stay in log space.",
            {"reduce": lambda joint: np.exp(joint)}),
    Mistake("hard-assignment", Kind.STRUCTURE, "A one-hot assignment is returned, not logits.",
            "Return the log-probability of every component.",
            {"reduce": lambda joint: np.eye(joint.shape[1])[joint.argmax(1)]}),
    Mistake("negative", Kind.TERM, "The logits have the wrong sign.",
            "The likelier component has the larger logit.",
            {"reduce": lambda joint: -log_softmax(joint, axis=1)}),
    *(Mistake("unstable-in-the-tails", Kind.TAILS, "Where a component is unlikely, its logit is cut off.",
              "The logarithm of a small probability is a large negative number: stay in log space.",
              {"reduce": lambda joint, above=above, c=c: above(log_softmax(joint, axis=1), np.log(c))})
      for c in (1e-6, 1e-5, 1e-4, 1e-3, 1e-2)
      for above in (np.logaddexp, np.maximum)),
]  # fmt: skip


LIKELIHOOD_RETURNED = Finding(
    "likelihood-for-posterior", "The log-likelihood is returned: one number for each point.",
    "log p(z|x) has a column for each component; log p(x) is what normalises it.", kind=Kind.NOTHING,
)  # fmt: skip
LABELS_RETURNED = Finding(
    "labels-for-logits", "The index of the likeliest component is returned.",
    "Return the log-probability of every component.", kind=Kind.STRUCTURE,
)  # fmt: skip


def posterior_questions(rng):
    asked = {}
    for mode, stand_ins in (("right", ("mixture_likelihood",)), ("own", ())):
        for name, question in density_questions("mixture_posterior_logits")(rng).items():
            asked[f"{mode} {name}"] = question._replace(stand_ins=stand_ins, fallback=not stand_ins)
    return asked


@task("mixture_posterior_logits", "mixture_posterior_logits", posterior_questions)
def mixture_posterior_logits(questions, answers):
    """Log-probabilities of the components given x, up to a constant for each point."""

    def mode(prefix):
        asked = {n.split(" ", 1)[1]: q for n, q in questions.items() if n.startswith(prefix)}
        given = {n.split(" ", 1)[1]: a for n, a in answers.items() if n.startswith(prefix)}

        def joint(name):
            with np.errstate(all="ignore"):
                return oracle.log_joint(*flat(asked[name].arguments[2:]))

        def judged(names):
            values = {name: given[name].array("value") for name in names}
            shape = next((v for n, v in values.items() if v.shape != joint(n).shape), None)
            turned = shape is not None and all(
                v.shape == joint(n).shape[::-1] for n, v in values.items()
            )
            if shape is not None and not turned:
                for finding, reduce in ((LIKELIHOOD_RETURNED, logsumexp), (LABELS_RETURNED, np.argmax)):
                    wants = {name: reduce(joint(name), axis=1) for name in values}
                    if all(agree(v, wants[n], np.abs(wants[n])) for n, v in values.items()):
                        return verdict([finding])
                if any(v.size != joint(n).size for n, v in values.items()):
                    return verdict([unknown(f"Expected shape [N, K], got {list(shape.shape)}.",
                                            "One row for each point, one column for each component.")]
                                   )  # fmt: skip

            @functools.cache
            def returned(name):
                want, _, row, _ = expected(asked[name].arguments, {})
                got = values[name].T if turned else values[name].reshape(want.shape)
                with np.errstate(all="ignore"):
                    return rowless(got, row)

            def agrees(pieces, tails=False):
                for name in values:
                    want, magnitude, _, near = expected(asked[name].arguments, pieces)
                    near = near | tails
                    got = returned(name)[near]
                    if not (fits if pieces else agree)(got, want[near], magnitude[near]):
                        return False
                return True

            findings = []
            if agrees({}):
                if not agrees({}, tails=True):
                    findings.append(
                        Finding("unstable-in-the-tails",
                                "Where a component is very unlikely its logit is infinite, NaN or cut "
                                "off.",
                                "Subtract logarithms; do not take the logarithm of a probability.",
                                kind=Kind.TAILS)
                    )  # fmt: skip
                if shape is not None:
                    findings.append(wrong_shape(shape, ["N", "K"]))
                return verdict(findings)
            return verdict(explain(agrees, POSTERIOR_MISTAKES, values.values()) or [unknown(
                "The log-probabilities are wrong, whatever constant is added per point.",
                "By Bayes' rule they are log prior plus log density, minus their logsumexp.")]
            )  # fmt: skip

        result = judge_density(asked, given, judged)
        if result.outcome != "correct":
            return result
        return result._replace(findings=(*result.findings, *advice_about_logits(given)))

    return first_or_right(mode("right"), [mode("own")] if "own three" in answers else [])
