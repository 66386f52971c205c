"""Names from closed sets, which users pass and files contain; each equals its text."""

import enum


class Name(enum.StrEnum):
    """A name that is printed, compared and saved as its text is."""

    def __repr__(self) -> str:
        return repr(self.value)


class Kind(Name):
    """Kinds of covariance."""

    FULL = "full"
    TIED = "tied"
    DIAG = "diag"
    SPHERICAL = "spherical"


class Start(Name):
    """Where a fit starts.

    "weights": at the model's weights. "data": at the best of 10 k-means++ starts after 20 EM steps each, on
    at most 20,000 rows. "k-means++": at one k-means++ start, without EM steps (Arthur & Vassilvitskii 2007).
    "random": with random observations as means.
    """

    WEIGHTS = "weights"
    DATA = "data"
    KMEANS = "k-means++"
    RANDOM = "random"


class StoppedBy(Name):
    """What ended a fit."""

    TOL = "tol"
    MAX_STEPS = "max_steps"


class Criterion(Name):
    """What selects among fitted models."""

    BIC = "bic"
    ICL = "icl"


class Method(Name):
    """How `gmm-tf fit` maximises the likelihood."""

    EM = "em"
    MLE = "mle"


class Compared(Name):
    """What `gmm-tf compare` compares: EM with each of these E-steps."""

    EXACT = "exact"
    VARIATIONAL = "variational"
    GFLOWNET = "gflownet"
    REMAINDER = "remainder"
    BEAM = "beam"
    GIBBS = "gibbs"
    WAKE_SLEEP = "wake-sleep"
    RWS = "rws"


class Verdict(Name):
    """How a method does against another one."""

    BETTER = "better"
    WORSE = "worse"
    TIE = "tie"


class Unit(Name):
    """What the messages about a file call its lines."""

    LINE = "line"
    ROW = "row"  # of a file without lines


class Learnt(Name):
    """What EM learns of a hierarchical mixture."""

    MEANS = "means"  # of the superclusters
    TABLES = "tables"  # of all levels
    STD = "std"
    WEIGHTS = "weights"
