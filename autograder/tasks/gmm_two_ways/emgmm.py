"""`EMGMM`: one E and one M step, assigned."""

import numpy as np
from scipy.special import log_softmax, softmax

from autograder import oracle
from autograder.judge import (
    CONVENTION,
    Mistake,
    Verdict,
    agree,
    all_must_hold,
    best,
    convention,
    fits,
    no_answer,
    told,
    unknown,
    verdict,
)
from autograder.tasks import Question, task
from autograder.tasks.gmm_two_ways.inputs import (
    SYMMETRIC_START,
    all_equal,
    draw,
    first_or_right,
    flat,
    mixture,
)
from autograder.tasks.gmm_two_ways.m_step import half_log, variance


def emgmm_questions(rng):
    start = mixture(rng, 3)
    x = draw(rng, start, 80)
    logits, means, lsigmas = start
    start = (logits - np.float32(1.0), means + np.float32(0.3), np.float32(np.maximum(lsigmas, -1) + 0.3))
    asked = {"own": Question("emgmm", (x, start), fallback=True)}
    right = ("mixture_likelihood", "mixture_posterior_logits", "mstep")
    for shifted in (False, True):
        for shape in (False, True):
            name = f"right {'column' if shape else 'vector'} {'shifted' if shifted else 'normalised'}"
            freedom = {"shifted": shifted, "column": shape}
            asked[name] = Question("emgmm", (x, start), right, freedom)
    return asked


def em(x, start, r=None):
    return oracle.mstep(x, oracle.posterior(x, *start) if r is None else r)


def keep_old(place):
    def step(x, start):
        new = list(em(x, start))
        new[place] = start[place]
        return new

    return step


def repeat(count):
    def steps(x, start):
        for _ in range(count):
            start = em(x, start)
        return start

    return steps


def around_old_means(x, start):
    r = oracle.posterior(x, *start)
    logits, means, _ = em(x, start)
    return logits, means, half_log(variance(x, r, start[1]))


def sequential(x, start):
    """Each parameter from a posterior that is computed anew after the one before was assigned."""
    current = list(start)
    for place in range(3):
        current[place] = em(x, current)[place]
    return current


EMGMM_MISTAKES = [
    Mistake("nothing-assigned", "unfinished", "The weights do not change.",
            "Assign the results of the M step to the weights.", {"f": lambda x, s: s}),
    Mistake("logits-not-assigned", "term", "The logits are not assigned.",
            "Assign all three results.", {"f": keep_old(0)}),
    Mistake("means-not-assigned", "term", "The means are not assigned.",
            "Assign all three results.", {"f": keep_old(1)}),
    Mistake("lsigmas-not-assigned", "term", "The log sigmas are not assigned.",
            "Assign all three results.", {"f": keep_old(2)}),
    Mistake("posterior-recomputed", "structure", "The posterior is computed anew between assignments.",
            "One E step, then one M step from that posterior.", {"f": sequential}),
    *(Mistake("several-steps", "term", f"{count} EM steps are taken in one call.",
              "One call is one E and one M step.", {"f": repeat(count)}) for count in (2, 3, 5, 10)),
    Mistake("probabilities-assigned", "structure", "Weights are assigned to the logits.",
            "The logits are the logarithm of the weights, as mstep returns them.",
            {"f": lambda x, s: [softmax(em(x, s)[0]), *em(x, s)[1:]]}),
    Mistake("centred-at-the-old-means", "term", "Sigma is computed around the old means.",
            "The new sigma is the spread around the new mean.", {"f": around_old_means}),
    Mistake("hard-assignment", "structure", "Each point counts for its likeliest component only.",
            "Pass the probabilities themselves to mstep.",
            {"f": lambda x, s: em(x, s, np.eye(len(s[0]))[oracle.posterior(x, *s).argmax(1)])}),
    Mistake("normalised-over-data", "structure", "The posterior is normalised over the data axis.",
            "For each point the probabilities of its components sum to one.",
            {"f": lambda x, s: em(x, s, softmax(oracle.log_joint(x, *s), axis=0))}),
    Mistake("normalised-over-data", "structure", "The posterior is normalised over the data axis.",
            "For each point the probabilities of its components sum to one.",
            {"f": lambda x, s: em(x, s, softmax(log_softmax(oracle.log_joint(x, *s), 1), axis=0))}),
    Mistake("logits-for-probabilities", "structure", "Logits are passed to mstep, not probabilities.",
            "Apply softmax to the posterior logits first.",
            {"f": lambda x, s: em(x, s, log_softmax(oracle.log_joint(x, *s), axis=1))}),
    Mistake("logits-for-probabilities", "structure", "Logits are passed to mstep, not probabilities.",
            "Apply softmax to the posterior logits first.",
            {"f": lambda x, s: em(x, s, oracle.log_joint(x, *s) + 0.5 * oracle.LOG_2PI)}),
    Mistake("exponential-for-softmax", "structure",
            "The exponential is taken of logits that are not normalised.",
            "Posterior logits are known up to a constant per point: use softmax.",
            {"f": lambda x, s: em(x, s, np.exp(shifted_logits(x, s)))}),
    Mistake("exponential-for-softmax", "structure",
            "The exponential is taken of logits that are not normalised.",
            "Posterior logits are known up to a constant per point: use softmax.",
            {"f": lambda x, s: em(x, s, np.exp(oracle.log_joint(x, *s)))}),
]  # fmt: skip


def sums_to_one(probabilities):
    return bool(np.all(probabilities >= 0) and agree(probabilities.sum(-1), np.ones(len(probabilities))))


def shifted_logits(x, start):
    """The stand-in's posterior logits, with a constant of their own for each point."""
    joint = oracle.log_joint(x, *start)
    return joint - joint.max(1, keepdims=True) + 2 * np.sin(3 * x[:, None])


@task("emgmm_model", 8, "EMGMM", emgmm_questions)
def emgmm_model(questions, answers):
    """A call computes one posterior, takes the M step from it, and assigns all three weights."""

    def judged(name, own=False):
        answer = answers[name]
        if not answer.arrived:
            return no_answer(answer)
        x = flat(questions[name].arguments[:1])[0]
        before, after = answer.arrays("before"), answer.arrays("after")
        k = len(questions[name].arguments[1][0])
        if any(w.size != k for w in (*before, *after)):
            return verdict([unknown(f"Expected {k} numbers in each of logits, means, lsigmas.",
                                    "Each weight has shape (k,) or (k, 1).")])  # fmt: skip
        findings = []
        if all_equal(answer.arrays("first")):
            # The EM step is the task; its start costs less here than in GMM.
            findings.append(SYMMETRIC_START._replace(keep=None, cost=CONVENTION))
        if answer.data.get("trainable"):
            findings.append(convention("trainable-weights", "The weights of EMGMM are trainable.",
                                       "They are set by the M step, not by gradients: trainable=False."))
        if answer.data.get("assignable") == 0:
            findings.append(convention("weights-not-assignable",
                                       "A weight is not a variable of K numbers.",
                                       "Make it with self.add_weight or tf.Variable, and use assign."))

        def same(want, compare=agree):
            def together(logits, *others):
                return np.concatenate([logits - logits[0], *others])

            sizes = [np.size(part) for part in want]
            return sizes == [k, k, k] and compare(together(*after), together(*map(np.ravel, want)), 30)

        if own:
            if "own_posterior" not in answer.data:
                return Verdict("wrong", 0.0)
            logits = answer.array("own_posterior")
            readings = ["own_by_softmax"]
            readings += ["own_by_exp"] if sums_to_one(np.exp(logits)) else []
            readings += ["own_as_it_is"] if sums_to_one(logits) else []
            wants = [answer.arrays(name) for name in readings if name in answer.data]
            moved = any(np.max(np.abs(a - b)) > 1e-3 for a, b in zip(after, before, strict=True))
            right = moved and any(map(same, wants))
            return verdict(findings) if right else Verdict("wrong", 0.0)
        with np.errstate(all="ignore"):
            if same(em(x, before)):
                return verdict(findings)
            named = [m for m in EMGMM_MISTAKES if same(m.pieces["f"](x, before), fits)]
        return verdict(findings + (
            ([told(named)] if named else [])
            or [unknown("The weights after a call are not those of one EM step.",
                        "Posterior of the inputs, softmax, mstep, three assigns.")]
        ))  # fmt: skip

    first = best(
        [
            all_must_hold([judged(f"right {shape} normalised"), judged(f"right {shape} shifted")])
            for shape in ("vector", "column")
        ]
    )
    own = [judged("own"), judged("own", own=True)] if "own" in answers else []
    return first_or_right(first, own)
