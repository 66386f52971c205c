"""`GMM`: what the model returns, and how a gradient step moves it."""

import numpy as np
from scipy.special import softmax

from autograder.engine.assignment import Question, task
from autograder.engine.judge import Finding, Mistake, agree, explain, fits, no_answer, unknown, verdict
from autograder.engine.scale import Kind
from autograder.tasks.gmm_two_ways import oracle
from autograder.tasks.gmm_two_ways.inputs import (
    SYMMETRIC_START,
    WEIGHTS,
    all_equal,
    best_of_modes,
    draw,
    flat,
    mixture,
    wrong_shape,
)

RATE = 0.05


def gmm_questions(rng):
    asked = {}
    for mode, stand_ins in (("right", ("mixture_likelihood",)), ("own", ())):
        for k in (3, 6):
            start = mixture(rng, k)
            x = draw(rng, start, 50)
            asked[f"{mode} {k}"] = Question("gmm", (x, start, RATE), stand_ins, fallback=not stand_ins)
    return asked


MODEL_OUTPUT_MISTAKES = [
    Mistake("averaged-over-data", Kind.STRUCTURE, "The model returns one number for all points together.",
            "Return the log-likelihood of each point; the loss averages.",
            {"f": lambda v: np.array(v.mean())}),
    Mistake("summed-over-data", Kind.STRUCTURE, "The model returns one number for all points together.",
            "Return the log-likelihood of each point; the loss sums.",
            {"f": lambda v: np.array(v.sum())}),
    Mistake("negative", Kind.TERM, "The model returns the negative log-likelihood.",
            "Return the log-likelihood; the loss turns the sign.",
            {"f": lambda v: -v}),
    Mistake("density-for-log", Kind.STRUCTURE, "The model returns the density, not its logarithm.",
            "Return log p(x).",
            {"f": np.exp}),
]  # fmt: skip
MODEL_WEIGHT_MISTAKES = [
    Mistake("weights-forgotten", Kind.STRUCTURE, "The logits are not used.",
            "Pass the model's own three weights.", {"g": lambda a, m, s: (0 * a, m, s)}),
    Mistake("means-forgotten", Kind.STRUCTURE, "The means are not used.",
            "Pass the model's own three weights.", {"g": lambda a, m, s: (a, 0 * m, s)}),
    Mistake("sigmas-forgotten", Kind.STRUCTURE, "The sigmas are not used.",
            "Pass the model's own three weights.", {"g": lambda a, m, s: (a, m, 0 * s)}),
    Mistake("exponentiated-twice", Kind.STRUCTURE, "Sigma is passed where log sigma belongs.",
            "mixture_likelihood takes the logarithm of sigma.",
            {"g": lambda a, m, s: (a, m, np.exp(s))}),
    Mistake("softmaxed-twice", Kind.STRUCTURE, "Weights are passed where logits belong.",
            "mixture_likelihood takes logits.", {"g": lambda a, m, s: (softmax(a), m, s)}),
    Mistake("wrong-order", Kind.STRUCTURE, "The weights are passed in another order.",
            "mixture_likelihood(x, logits, means, lsigmas).", {"g": lambda a, m, s: (m, a, s)}),
    Mistake("wrong-order", Kind.STRUCTURE, "The weights are passed in another order.",
            "mixture_likelihood(x, logits, means, lsigmas).", {"g": lambda a, m, s: (a, s, m)}),
]  # fmt: skip


@task("gmm_model", "GMM", gmm_questions)
def gmm_model(questions, answers):
    """The model returns the log-likelihood, and a gradient step moves all three of its weights."""

    def judged(names):
        replies = [answers[name] for name in names]
        for answer in replies:
            if not answer.arrived:
                return no_answer(answer)
        findings, inputs = [], [flat((questions[n].arguments[0], *questions[n].arguments[1]))
                                for n in names]  # fmt: skip
        for answer, (_, logits, _, _) in zip(replies, inputs, strict=True):
            start = answer.arrays("start")
            if any(w.size != len(logits) for w in start):
                return verdict([wrong_sizes(answer, len(logits), inputs[0][0])])
            if not all(np.all(np.isfinite(w)) for w in start):
                findings.append(Finding("start-not-finite", "An initial weight is NaN or infinite.",
                                        "Start near zero, with a small spread.", kind=Kind.STRUCTURE))
            elif all_equal(start):
                findings.append(SYMMETRIC_START)
        outputs = [answer.array("value") for answer in replies]
        wants = [oracle.log_likelihood(*arguments) for arguments in inputs]
        for answer, (x, *start) in zip(replies, inputs, strict=True):
            kept = answer.arrays("set")
            if not all(agree(a, b) for a, b in zip(kept, start, strict=True)):
                if not agree(answer.array("first"), oracle.log_likelihood(x, *answer.arrays("start"))):
                    break  # not even right for the weights that it has
                return verdict([Finding(
                    "weights-not-kept", "The weights are made anew in each call, so training is lost.",
                    "Make the weights once, in __init__ or build.", kind=Kind.STRUCTURE)])  # fmt: skip
        if not all(agree(v, w) for v, w in zip(outputs, wants, strict=True)):

            def agrees(pieces):
                f, g = pieces.get("f", lambda v: v), pieces.get("g", lambda *w: w)
                return all(
                    fits(v, f(oracle.log_likelihood(x, *g(*w))))
                    for v, (x, *w) in zip(outputs, inputs, strict=True)
                )

            named = explain(agrees, MODEL_OUTPUT_MISTAKES + MODEL_WEIGHT_MISTAKES, outputs)
            wrong = named or [unknown("The model's output is not the log-likelihood at its weights.",
                                      "Return mixture_likelihood of the inputs and the three weights.")
                              ]  # fmt: skip
            return verdict(findings[:1] + wrong)
        if any(v.shape != (len(x), 1) for v, (x, *_) in zip(outputs, inputs, strict=True)):
            findings.append(wrong_shape(outputs[0], [f"N = {outputs[0].size}", "1"]))
        return verdict(findings[:1] + movement(replies, inputs))

    def wrong_sizes(answer, k, x):
        words = (f"Expected {k} numbers in each of logits, means, lsigmas for k = {k}, got "
                 f"{[w.size for w in answer.arrays('start')]}.")  # fmt: skip
        hint = "Each weight has shape (k,) or (k, 1)."
        try:
            start = np.broadcast_arrays(*answer.arrays("start"))
        except ValueError:
            return Finding("wrong-number-of-weights", words, hint, kind=Kind.NOTHING)
        computes = start[0].size and agree(
            answer.array("first"), oracle.log_likelihood(x, *start)
        )
        return Finding("wrong-number-of-weights", words, hint, Kind.STRUCTURE if computes else Kind.NOTHING)

    def movement(replies, inputs):
        still, wrong = set(), set()
        for answer, (x, *start) in zip(replies, inputs, strict=True):
            start, moved = answer.arrays("set"), answer.arrays("moved")
            steps = oracle.gradient(x, *(np.float64(w) for w in start))
            for name, before, after, step in zip(WEIGHTS, start, moved, steps, strict=True):
                if after.size != before.size or step.size != before.size:
                    wrong.add(name)
                elif np.array_equal(before, after):
                    still.add(name)
                elif not agree((after - before) / RATE, step, scale=50):
                    wrong.add(name)
        if len(still) == 3 and all(answer.data.get("trainable") == 0 for answer in replies):
            return [Finding("tf-variable-not-tracked",
                            "The model has no trainable weights, so training changes nothing.",
                            "Keras 3 does not track tf.Variable attributes: make the weights with "
                            "self.add_weight(..., trainable=True).", kind=Kind.STRUCTURE)]  # fmt: skip
        if still:
            return [Finding("weight-not-trained",
                            f"A gradient step does not change {' and '.join(sorted(still))}.",
                            "Make the weight trainable, and use TensorFlow's functions in call.",
                            kind=Kind.STRUCTURE if len(still) > 1 else Kind.TERM)]  # fmt: skip
        if wrong:
            return [Finding("wrong-gradient",
                            f"A gradient step moves {' and '.join(sorted(wrong))} wrongly.",
                            "Use TensorFlow's functions, and no tf.stop_gradient, in call.", kind=Kind.TERM)]
        return []

    return best_of_modes(answers, judged)
