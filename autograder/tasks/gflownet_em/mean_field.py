"""`mean_field_step`: two factors, each with the mistakes of its own."""

import numpy as np
from scipy.special import log_softmax, logsumexp, softmax

from autograder.engine.assignment import Question, task
from autograder.engine.judge import (
    Finding,
    Mistake,
    agree,
    convention,
    explain,
    fits,
    found,
    kinds_of,
    unknown,
    verdict,
)
from autograder.engine.scale import Kind
from autograder.tasks.gflownet_em import oracle
from autograder.tasks.gflownet_em.inputs import (
    LEAF_MISTAKES,
    any_number_of_superclusters,
    best_of_kinds,
    doubles,
    draw,
    kinds_and_own,
    none_arrived,
    superclusters,
)
from autograder.tasks.gflownet_em.oracle import PETALS

PARTS = ("q_i", "q_j")


def likeliest(q):
    return np.eye(q.shape[1])[q.argmax(1)]


def plug_in(x, centres, others, q):
    """The exponent at the expected leaf, (N, C): the expected log joint up to a constant for each point."""
    return oracle.exponent((x - q @ others)[:, None] - centres)


EXPECTATION_MISTAKES = [
    Mistake("marginal-for-expectation", Kind.STRUCTURE,
            "The other factor averages densities, where it should average their logarithms.",
            "Mean field takes the expectation of the log joint under the other factor.",
            {"expected": lambda joint, q: logsumexp(joint, axis=2, b=q[:, None])}),
    Mistake("other-factor-ignored", Kind.STRUCTURE, "The other factor is not used: its values count evenly.",
            "Mean field takes the expectation of the log joint under the other factor.",
            {"expected": lambda joint, q: joint.mean(2)}),
    Mistake("other-factor-ignored", Kind.STRUCTURE, "The other factor is not used: its values count evenly.",
            "Mean field takes the expectation of the log joint under the other factor.",
            {"expected": lambda joint, q: logsumexp(joint, axis=2)}),
    Mistake("hard-assignment", Kind.STRUCTURE, "Only the likeliest value of the other factor counts.",
            "Average over the other factor, with its probabilities.",
            {"expected": lambda joint, q: oracle.expected_under(joint, likeliest(q))}),
    Mistake("softmax-of-probabilities", Kind.STRUCTURE, "Softmax is applied to the given probabilities.",
            "q_j comes as probabilities.",
            {"expected": lambda joint, q: oracle.expected_under(joint, softmax(q, axis=1))}),
    Mistake("normalised-over-data", Kind.STRUCTURE, "The probabilities sum to 1 over the data.",
            "For each point the probabilities sum to 1.",
            {"normalise": lambda v: softmax(v, axis=0)}),
    Mistake("normalised-over-everything", Kind.STRUCTURE, "The probabilities sum to 1 over everything.",
            "For each point the probabilities sum to 1.",
            {"normalise": softmax}),
    Mistake("not-normalised", Kind.STRUCTURE, "The probabilities do not sum to 1.",
            "For each point the probabilities sum to 1: use softmax.",
            {"normalise": np.exp}),
    Mistake("normalised-over-data", Kind.STRUCTURE, "The probabilities sum to 1 over the data.",
            "For each point the probabilities sum to 1.",
            {"values": plug_in, "normalise": lambda v: softmax(v, axis=0)}),
    Mistake("normalised-over-everything", Kind.STRUCTURE, "The probabilities sum to 1 over everything.",
            "For each point the probabilities sum to 1.",
            {"values": plug_in, "normalise": softmax}),
    Mistake("not-normalised", Kind.STRUCTURE, "The probabilities do not sum to 1.",
            "For each point the probabilities sum to 1: use softmax.",
            {"values": plug_in, "normalise": np.exp}),
    # Without their constants these give other numbers, where a right normalisation would not.
    Mistake("normalised-over-data", Kind.STRUCTURE, "The probabilities sum to 1 over the data.",
            "For each point the probabilities sum to 1.",
            {"normaliser": lambda: 0.0, "prior": lambda c: 0.0, "normalise": lambda v: softmax(v, axis=0)}),
    Mistake("not-normalised", Kind.STRUCTURE, "The probabilities do not sum to 1.",
            "For each point the probabilities sum to 1: use softmax.",
            {"normaliser": lambda: 0.0, "prior": lambda c: 0.0, "normalise": np.exp}),
    Mistake("shared-by-all-points", Kind.STRUCTURE, "All points get the same probabilities, their average.",
            "Each point has a factor of its own: do not average over the data.",
            {"normalise": lambda v: np.broadcast_to(softmax(v, axis=1).mean(0), v.shape)}),
    Mistake("logs-for-probabilities", Kind.STRUCTURE, "Logarithms are returned, not probabilities.",
            "Use softmax.",
            {"normalise": lambda v: v}),
    Mistake("logs-for-probabilities", Kind.STRUCTURE, "Logarithms are returned, not probabilities.",
            "Use softmax.",
            {"values": plug_in, "normalise": lambda v: v}),
    Mistake("logs-for-probabilities", Kind.STRUCTURE, "Logarithms are returned, not probabilities.",
            "Take the exponential last.",
            {"normalise": lambda v: log_softmax(v, axis=1)}),
    Mistake("hard-result", Kind.STRUCTURE, "All of the probability goes to the likeliest value.",
            "Return the probability of every value.",
            {"normalise": likeliest}),
]  # fmt: skip
EVEN_PETALS = Mistake(
    "uniform", Kind.NOTHING, "All petals have the same probability, as if there were no offsets.",
    "The nearer a leaf is to x, the more probable it is.",
    {"normalise": lambda v: np.full(v.shape, 1 / v.shape[1])})  # fmt: skip
# What cannot be told apart is named once. The offsets sum to zero: without them, q_i is the same as with
# an even q_j, and q_j is even. They have one length: in q_j their sign is that of the whole exponent.
FACTOR_MISTAKES = {
    "q_i": [m for m in LEAF_MISTAKES if m.id != "petals-forgotten"] + EXPECTATION_MISTAKES,
    "q_j": [
        *(m for m in LEAF_MISTAKES if m.id not in {"petals-forgotten", "offset-sign"}),
        *EXPECTATION_MISTAKES,
        EVEN_PETALS,
    ],
}
UNCHANGED = Mistake(
    "not-updated", Kind.STRUCTURE, "q_j is returned as it came.",
    "Compute q_j from the new q_i.", {})  # fmt: skip
OLD = Mistake(
    "other-factor-ignored", Kind.STRUCTURE, "q_j does not use the new q_i.",
    "A sweep is sequential: q_i first, then q_j from the new q_i.", {})  # fmt: skip

MARGINALS = Mistake(
    "exact-marginals", Kind.STRUCTURE,
    "The marginals of the exact posterior are returned; the given q_j has no part in them.",
    "q_i comes from the expected log joint under the given q_j, q_j from that under q_i.", {})  # fmt: skip
SWEEPS = Mistake(
    "more-than-one-sweep", Kind.STRUCTURE, "More than one sweep is done.",
    "One call is one sweep: q_i once, then q_j once. Who calls repeats it.", {})  # fmt: skip


def mean_field_questions(rng):
    asked = {}
    for label, c in (("three", 3), ("four", 4), ("five", 5)):
        means = superclusters(rng, c, 0.6)  # near each other, so that the factors are soft
        x = draw(rng, means, 40, noise=0.2)
        asked[label] = Question("mean_field_step", (x, means, np.float32(rng.dirichlet([1.0] * PETALS, 40))))
    return kinds_and_own(asked, ("component_means",))


@task("mean_field_step", "mean_field_step", mean_field_questions)
def mean_field_step(questions, answers):
    """One sweep: q_i from the expected log joint under q_j, then q_j from that under the new q_i."""

    def judged(asked, given):
        if fault := none_arrived(given):
            return fault
        parts = {label: answer.arrays("parts", 2) for label, answer in given.items()}
        inputs = {label: doubles(question.arguments) for label, question in asked.items()}

        def factor(label, place, other, pieces):
            x, means, _ = inputs[label]
            return factor_with(pieces, x, means, place, other)

        def right_q_i(label):
            return factor(label, 0, inputs[label][2], {})

        def own_q_i(label):
            q = parts[label][0]
            n, c = len(inputs[label][0]), len(inputs[label][1])
            return q.reshape(n, c) if q.size == n * c else np.full((n, c), np.nan)

        def agrees(place, others, pieces, source=None, compare=None):
            compare = compare or (fits if pieces else agree)
            for label, values in parts.items():
                got = values[place if source is None else source]
                want = factor(label, place, others(label), pieces)
                if got.size != want.size or not compare(got.reshape(want.shape), want):
                    return False
            return True

        def given_q_j(label):
            return inputs[label][2]

        readings = {0: (given_q_j,), 1: (right_q_i, own_q_i)}
        with np.errstate(all="ignore"):
            findings, kinds = [], []
            for place, part in enumerate(PARTS):
                if any(agrees(place, others, {}) for others in readings[place]):
                    kinds.append([])
                    continue
                faults = part_mistakes(place, readings[place], agrees, parts, inputs)
                findings += [f._replace(message=f"{part}: {f.message}") for f in faults]
                kinds.append(kinds_of(faults))
            if Kind.NOTHING in kinds[0] and any(finding.id == UNCHANGED.id for finding in findings):
                kinds[1] = [Kind.NOTHING]  # what came was handed back, and nothing else was right
            if findings and exchanged(agrees, right_q_i, given_q_j):
                return verdict([Finding("wrong-order", "The two factors come in another order.",
                                        "Return q_i, then q_j.", Kind.STRUCTURE)])  # fmt: skip
            if findings and (mistake := mistake_in_both(parts, inputs)):
                return verdict([found(mistake)])
        shapes = [
            part
            for place, part in enumerate(PARTS)
            if not kinds[place]
            and any(
                values[place].shape != (len(inputs[label][0]), (len(inputs[label][1]), PETALS)[place])
                for label, values in parts.items()
            )
        ]
        if shapes:
            words = f"{' and '.join(shapes)}: expected q_i of shape [N, C] and q_j of shape [N, P]."
            fault = convention("wrong-shape", words, "One row for each point.")
            findings.append(fault)
            kinds = [[fault.kind] if part in shapes else kinds[n] for n, part in enumerate(PARTS)]
        return verdict(unlike(findings), kinds)

    def by_any(asked, given):
        return any_number_of_superclusters(judged, asked, given)

    return best_of_kinds(questions, answers, by_any)


def factor_with(pieces, x, means, place, other):
    """q_i (place 0) or q_j (place 1) from the other factor, with these pieces exchanged."""
    own = {k: pieces[k] for k in ("expected", "normalise") if k in pieces}
    if "values" in pieces:
        centres = (means, oracle.OFFSETS)
        return pieces["normalise"](pieces["values"](x, centres[place], centres[1 - place], other))
    rest = {k: v for k, v in pieces.items() if k not in own}
    joint = oracle.log_joint(x, means, **rest)
    return oracle.mean_field_factor(joint if place == 0 else joint.swapaxes(1, 2), other, **own)


def part_mistakes(place, readings, agrees, parts, inputs):
    """Findings about a factor that is wrong."""
    if place == 1:
        for mistake, want in (
            (UNCHANGED, lambda x, means, q_j: q_j),
            (OLD, lambda x, means, q_j: oracle.mean_field_factor(
                oracle.log_joint(x, means).swapaxes(1, 2), np.full((len(x), len(means)), 1 / len(means)))),
        ):  # fmt: skip
            wants = {label: want(*values) for label, values in inputs.items()}
            if all(v[1].size == wants[n].size and agree(v[1], wants[n]) for n, v in parts.items()):
                return [Finding(mistake.id, mistake.message, mistake.hint, kind=Kind.STRUCTURE)]
    for others in readings:
        mistakes = explain(
            lambda p, o=others: agrees(place, o, p),
            FACTOR_MISTAKES[PARTS[place]],
            [values[place] for values in parts.values()],
        )
        if mistakes:
            return mistakes
    return [unknown("the probabilities are not those of one coordinate ascent.",
                    "Each factor is proportional to the exponential of the expected log joint.")]


def mistake_in_both(parts, inputs):
    """The mistake that gives both factors as they are, if any."""
    shapes = {label: ((len(x), len(means)), q_j.shape) for label, (x, means, q_j) in inputs.items()}
    if any(tuple(q.shape for q in parts[label]) != shapes[label] for label in parts):
        return None

    def are(wanted):
        pairs = [pair for label in parts for pair in zip(parts[label], wanted(label), strict=True)]
        return all(agree(got, want) for got, want in pairs)

    def marginals(label):
        q = oracle.posterior(*inputs[label][:2])
        return q.sum(2), q.sum(1)

    if are(marginals):
        return MARGINALS
    now, before = {label: oracle.mean_field_sweep(*inputs[label]) for label in parts}, None
    while before is None or not all(np.allclose(now[n][0], before[n][0], 0, 1e-7) for n in now):
        before = now
        now = {label: oracle.mean_field_sweep(*inputs[label][:2], before[label][1]) for label in parts}
        if are(now.get):
            return SWEEPS
    return None


def exchanged(agrees, right_q_i, given_q_j):
    """Whether both factors are right, but in the other order."""
    return agrees(0, given_q_j, {}, source=1) and agrees(1, right_q_i, {}, source=0)


def unlike(findings):
    """Findings with the same id and words once."""
    seen = {}
    for finding in findings:
        seen.setdefault((finding.id, finding.message), finding)
    return seen.values()
