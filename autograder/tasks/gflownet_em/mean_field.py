"""`mean_field_step`: two factors, each with the mistakes of its own."""

import numpy as np
from scipy.special import log_softmax, logsumexp, softmax

from autograder.authoring import NOTHING, STRUCTURE
from autograder.authoring.by_hand import Small, by_hand, in_parts
from autograder.authoring.inputs import exact_rows, public
from autograder.authoring.precision import doubles, f32, single
from autograder.authoring.readings import Reading, none_arrived
from autograder.engine.assignment import Arguments, Question, Questions
from autograder.engine.judge import (
    Finding,
    Pieces,
    Verdict,
    agree,
    convention,
    found,
    kinds_of,
    known,
    unknown,
    verdict,
)
from autograder.tasks.gflownet_em import oracle
from autograder.tasks.gflownet_em.inputs import (
    LEAF_MISTAKES,
    NO_CONSTANTS,
    UNSTABLE,
    any_number_of_superclusters,
    draw,
    far,
    right_and_own,
    superclusters,
    ways,
)
from autograder.tasks.gflownet_em.oracle import PETALS

PARTS = ("q_i", "q_j")


def likeliest(q: np.ndarray) -> np.ndarray:
    return np.eye(q.shape[1])[q.argmax(1)]


def plug_in(x: np.ndarray, centres: np.ndarray, others: np.ndarray, q: np.ndarray) -> np.ndarray:
    """The exponent at the expected leaf, (N, C): the expected log joint up to a constant for each point."""
    return oracle.exponent((x - q @ others)[:, None] - centres)


def square_of_mean_distance(exponent: np.ndarray, q: np.ndarray) -> np.ndarray:
    """-E_q[|x - mu|]^2 / (2 sigma^2), (N, C), from exponents (N, C, P)."""
    return -0.5 * oracle.expected_under(np.sqrt(-2 * exponent), q) ** 2


# Some come with the density's constants and without: the numbers differ where those that sum to 1 do not.
EXPECTATION_MISTAKES = [
    known("marginal-for-expectation", STRUCTURE,
          "The other factor averages densities, where it should average their logarithms.",
          "Mean field takes the expectation of the log joint under the other factor.",
          expected=lambda joint, q: logsumexp(joint, axis=2, b=q[:, None])),
    known("other-factor-ignored", STRUCTURE, "The other factor is not used: its values count evenly.",
          "Mean field takes the expectation of the log joint under the other factor.",
          {"expected": lambda joint, q: joint.mean(2)},
          {"expected": lambda joint, q: logsumexp(joint, axis=2)}),
    known("hard-assignment", STRUCTURE, "Only the likeliest value of the other factor counts.",
          "Average over the other factor, with its probabilities.",
          expected=lambda joint, q: oracle.expected_under(joint, likeliest(q))),
    known("distances-averaged-first", STRUCTURE, "Distances are averaged, and their average is squared.",
          "Square each distance first, then average under the other factor.",
          {"expected": square_of_mean_distance, **NO_CONSTANTS}),
    known("softmax-of-probabilities", STRUCTURE, "Softmax is applied to the given probabilities.",
          "q_j comes as probabilities.",
          expected=lambda joint, q: oracle.expected_under(joint, softmax(q, axis=1))),
    known("normalised-over-data", STRUCTURE, "The probabilities sum to 1 over the data.",
          "For each point the probabilities sum to 1.", {"normalise": lambda v: softmax(v, axis=0)},
          {"values": plug_in, "normalise": lambda v: softmax(v, axis=0)},
          {**NO_CONSTANTS, "normalise": lambda v: softmax(v, axis=0)}),
    known("normalised-over-everything", STRUCTURE, "The probabilities sum to 1 over everything.",
          "For each point the probabilities sum to 1.", {"normalise": softmax},
          {"values": plug_in, "normalise": softmax}),
    known("not-normalised", STRUCTURE, "The probabilities do not sum to 1.",
          "For each point the probabilities sum to 1: use softmax.", {"normalise": np.exp},
          {"values": plug_in, "normalise": np.exp},
          {**NO_CONSTANTS, "normalise": np.exp}),
    known("shared-by-all-points", STRUCTURE, "All points get the same probabilities, their average.",
          "Each point has a factor of its own: do not average over the data.",
          normalise=lambda v: np.broadcast_to(softmax(v, axis=1).mean(0), v.shape)),
    known("logs-for-probabilities", STRUCTURE, "Logarithms are returned, not probabilities.", "Use softmax.",
          {"normalise": lambda v: v}, {"values": plug_in, "normalise": lambda v: v}),
    known("logs-for-probabilities", STRUCTURE, "Logarithms are returned, not probabilities.",
          "Take the exponential last.", normalise=lambda v: log_softmax(v, axis=1)),
    known("hard-result", STRUCTURE, "All of the probability goes to the likeliest value.",
          "Return the probability of every value.", normalise=likeliest),
]  # fmt: skip
# What cannot be told apart is named once. The offsets sum to zero: without them, q_i is the same as with
# an even q_j, and q_j is even. They have one length: in q_j their sign is that of the whole exponent.
FACTOR_MISTAKES = {
    "q_i": [m for m in LEAF_MISTAKES if m.id != "petals-forgotten"] + EXPECTATION_MISTAKES,
    "q_j": [
        *(m for m in LEAF_MISTAKES if m.id not in {"petals-forgotten", "offset-sign"}),
        *EXPECTATION_MISTAKES,
        known("uniform", NOTHING, "All petals have the same probability, as if there were no offsets.",
              "The nearer a leaf is to x, the more probable it is.",
              normalise=lambda v: np.full(v.shape, 1 / v.shape[1])),
    ],
}  # fmt: skip
UNCHANGED = known(
    "not-updated",
    STRUCTURE,
    "q_j is returned as it came.",
    "Compute q_j from the new q_i.",
    factor=lambda x, means, q_j: q_j,
)
OLD = known(
    "other-factor-ignored",
    STRUCTURE,
    "q_j does not use the new q_i.",
    "A sweep is sequential: q_i first, then q_j from the new q_i.",
    factor=lambda x, means, q_j: factor_with({}, x, means, 1, np.full((len(x), len(means)), 1 / len(means))),
)
FAR = "far"
MARGINALS = Finding(
    "exact-marginals",
    "The marginals of the exact posterior are returned; the given q_j has no part in them.",
    "q_i comes from the expected log joint under the given q_j, q_j from that under q_i.",
    STRUCTURE,
)
SWEEPS = Finding(
    "more-than-one-sweep",
    "More than one sweep is done.",
    "One call is one sweep: update q_i once, then q_j once. The caller repeats it.",
    STRUCTURE,
)
WRONG_FACTOR = unknown(
    "the probabilities are not those of one coordinate ascent.",
    "Each factor is proportional to the exponential of the expected log joint.",
)
WRONG_ORDER = Finding(
    "wrong-order", "The two factors are in the wrong order.", "Return q_i, then q_j.", STRUCTURE
)


def questions(rng: np.random.Generator) -> Questions:
    asked = {}
    for label, c in (("three", 3), ("four", 4), ("five", 5)):
        means = superclusters(rng, c, 0.6)  # near each other, so that the factors are soft
        x = draw(rng, means, 40, noise=0.2)
        q_j = rng.dirichlet([1.0] * PETALS, 40)
        q_j[::4] = 0.996 * np.eye(PETALS)[q_j[::4].argmax(1)] + 0.004 * q_j[::4]  # nearly certain
        asked[label] = Question("mean_field_step", (x, means, single(q_j)))
    means = superclusters(rng, 3, 0.6)
    asked[FAR] = Question("mean_field_step", clearly_decided(rng, means, 6))
    return right_and_own(asked)


def clearly_decided(rng: np.random.Generator, means: np.ndarray, n: int) -> tuple[np.ndarray, ...]:
    """(x, means, q_j): points far from all leaves whose factors float32 arithmetic can decide."""
    while True:
        arguments = far(rng, n), means, single(rng.dirichlet([1.0] * PETALS, n))
        if all(q.max(1).min() > 1 - 1e-8 for q in oracle.mean_field_sweep(*doubles(arguments))):
            return arguments


def judge(reading: Reading) -> Verdict:
    """The verdict on points near the leaves; if it is full marks, on points far from them, too."""
    near = judge_near(reading.but(FAR))
    if near.findings or FAR not in reading.answers:
        return near
    there = reading.only([FAR])
    right = there.answers[FAR].arrived and all(there.agrees(place=place) for place in range(len(PARTS)))
    return near if right else verdict([UNSTABLE])


def judge_near(reading: Reading) -> Verdict:
    if fault := none_arrived(reading):
        return fault
    findings, kinds = [], []
    for place, part in enumerate(PARTS):
        faults = part_mistakes(reading, place)
        findings += [fault._replace(message=f"{part}: {fault.message}") for fault in faults]
        kinds.append(kinds_of(faults))
    if NOTHING in kinds[0] and any(finding.id == UNCHANGED.id for finding in findings):
        kinds[1] = [NOTHING]  # what came was handed back, and nothing else was right
    if findings and reading.agrees(place=0, at=1) and reading.agrees(place=1, at=0):
        return verdict([WRONG_ORDER])
    if findings and (mistake := mistake_in_both(reading)):
        return verdict([mistake])
    shapes = [place for place in range(len(PARTS)) if not kinds[place] and not has_shape(reading, place)]
    if shapes:
        names = " and ".join(PARTS[place] for place in shapes)
        words = f"{names}: expected q_i of shape [N, C] and q_j of shape [N, P]."
        findings.append(convention("wrong-shape", words, "One row for each point."))
        kinds = [[findings[-1].kind] if n in shapes else some for n, some in enumerate(kinds)]
    return verdict(dict.fromkeys(findings), kinds)


def has_shape(reading: Reading, place: int) -> bool:
    return all(
        reading.got(label, place).shape == reading.want(label, place=place).shape for label in reading.answers
    )


def part_mistakes(reading: Reading, place: int) -> list[Finding]:
    """Findings about a factor; q_j may come from the right q_i or from the student's own."""
    sources = (False, True)[: place + 1]
    if any(reading.agrees(place=place, own=own) for own in sources):
        return []
    for mistake in (UNCHANGED, OLD) if place == 1 else ():
        if reading.agrees(mistake.variants[0], place):
            return [found(mistake)]
    for own in sources:
        if named := reading.explained(FACTOR_MISTAKES[PARTS[place]], place, own):
            return named
    return [WRONG_FACTOR]


def mistake_in_both(reading: Reading) -> Finding | None:
    """The mistake that gives both factors as they are, if any."""
    if not (has_shape(reading, 0) and has_shape(reading, 1)):
        return None

    def are(wanted):
        return all(
            agree(reading.got(label, place), want)
            for label in reading.answers
            for place, want in enumerate(wanted[label])
        )

    inputs = {label: reading.inputs(label) for label in reading.answers}
    exact = {label: oracle.posterior(x, means) for label, (x, means, _) in inputs.items()}
    if are({label: (q.sum(2), q.sum(1)) for label, q in exact.items()}):
        return MARGINALS
    now, before = {label: oracle.mean_field_sweep(*some) for label, some in inputs.items()}, None
    while before is None or not all(np.allclose(now[n][0], before[n][0], 0, 1e-7) for n in now):
        before = now
        now = {
            label: oracle.mean_field_sweep(x, means, before[label][1])
            for label, (x, means, _) in inputs.items()
        }
        if are(now):
            return SWEEPS
    return None


def factor_with(
    pieces: Pieces, x: np.ndarray, means: np.ndarray, place: int, other: np.ndarray
) -> np.ndarray:
    """q_i (place 0) or q_j (place 1) from the other factor, with these pieces exchanged."""
    own = {k: pieces[k] for k in ("expected", "normalise") if k in pieces}
    if "values" in pieces:
        centres = (means, oracle.OFFSETS)
        return pieces["normalise"](pieces["values"](x, centres[place], centres[1 - place], other))
    rest = {k: v for k, v in pieces.items() if k not in own}
    joint = oracle.log_joint(x, means, **rest)
    return oracle.mean_field_factor(joint if place == 0 else joint.swapaxes(1, 2), other, **own)


def factor(arguments: Arguments, pieces: Pieces, place: int, own: list[np.ndarray] | None) -> np.ndarray:
    """A factor with pieces exchanged; q_j from the right q_i, or from the student's own."""
    x, means, q_j = arguments
    if "factor" in pieces:
        return pieces["factor"](x, means, q_j)
    if place == 0:
        return factor_with(pieces, x, means, 0, q_j)
    q_i = factor_with({}, x, means, 0, q_j)
    if own is not None:
        q_i = own[0].reshape(q_i.shape) if own[0].size == q_i.size else np.full(q_i.shape, np.nan)
    return factor_with(pieces, x, means, 1, q_i)


def fourths(arguments: Arguments) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """q_j in fourths."""
    x, means, q_j = arguments
    return x, means, single(exact_rows(q_j, 4, EVEN))


def mean_field_probe() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = public()
    means = superclusters(rng, 3, 0.6)
    return fourths((draw(rng, means, 20, noise=0.2), means, single(rng.dirichlet([1.0] * 4, 20))))


FIRST, EVEN = [1, 0, 0, 0], [0.25] * 4
SOFT = [0.5, 0.5, 0, 0]
UNEVEN = [0.5, 0.25, 0.25, 0]
SMALL = Small(
    (
        f32([[0, 0]], [[0, 0]], [EVEN]),
        f32([[0.1, 0]], [[0, 0]], [EVEN]),
        f32([[0.1, 0.2]], [[0, 0]], [EVEN]),
        f32([[0, 0]], [[0, 0], [0.2, 0]], [EVEN]),
        f32([[0, 0]], [[0, 0], [0.2, 0]], [FIRST]),
        f32([[0.1, 0.2]], [[0, 0], [0.2, 0]], [SOFT]),
        f32([[0.1, 0.2]], [[0, 0], [0.1, 0.3]], [UNEVEN]),
        f32([[0, 0], [0.1, 0.2]], [[0, 0]], [EVEN, EVEN]),
        f32([[0, 0], [0.1, 0.2]], [[0, 0], [0.2, 0]], [SOFT, UNEVEN]),
        f32([[0, 0], [0.1, 0.2]], [[0, 0], [0.2, 0], [0, 0.3]], [SOFT, UNEVEN]),
    ),
    ways("mean_field_step", ("component_means",)),
    mean_field_probe,
    fourths,
)


@by_hand(
    "mean_field_step",
    questions,
    any_number_of_superclusters(judge),
    in_parts(FACTOR_MISTAKES),
    small=(SMALL,),
    returns=PARTS,
    follows=factor,
    axes={"x": "N.", "means": "C.", "q_j": "N."},
)
def mean_field_step(x: np.ndarray, means: np.ndarray, q_j: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One sweep: q_i from the expected log joint under q_j, then q_j from that under the new q_i."""
    return oracle.mean_field_sweep(x, means, q_j)
