from gmm_tf.conditional import Conditional, condition, marginal, predict_from
from gmm_tf.course import make_data, mixture_likelihood, mixture_posterior_logits, mstep
from gmm_tf.data import COURSE, course_data
from gmm_tf.distribute import fit_em_distributed
from gmm_tf.e_steps import PolicyNet, Training
from gmm_tf.fit import fit_em, fit_gradient
from gmm_tf.gflownet import GFlowNetPosterior
from gmm_tf.hierarchical import HierarchicalMixture
from gmm_tf.hierarchical_em import EMResult, exact_em, gflownet_em, tree_em, variational_em
from gmm_tf.intervals import Bootstrap, bootstrap
from gmm_tf.m_steps import ascend, maximise
from gmm_tf.mixture import Mixture
from gmm_tf.models import EMGMM, GMM
from gmm_tf.online import fit_online
from gmm_tf.parameters import load
from gmm_tf.priors import Prior, default_prior
from gmm_tf.result import DegenerateFitWarning, FitResult
from gmm_tf.select import Selection, select_components
from gmm_tf.sklearn import from_sklearn as from_sklearn
from gmm_tf.sklearn import to_sklearn as to_sklearn

__version__: str

__all__ = [
    "Bootstrap",
    "COURSE",
    "Conditional",
    "EMGMM",
    "EMResult",
    "GMM",
    "DegenerateFitWarning",
    "FitResult",
    "GFlowNetPosterior",
    "HierarchicalMixture",
    "Mixture",
    "PolicyNet",
    "Prior",
    "Selection",
    "Training",
    "ascend",
    "bootstrap",
    "condition",
    "course_data",
    "default_prior",
    "exact_em",
    "fit_em",
    "fit_em_distributed",
    "fit_gradient",
    "fit_online",
    "gflownet_em",
    "load",
    "make_data",
    "marginal",
    "maximise",
    "mixture_likelihood",
    "mixture_posterior_logits",
    "mstep",
    "predict_from",
    "select_components",
    "tree_em",
    "variational_em",
]
