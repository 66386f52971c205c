"""Latent-variable models for teaching: mixtures by gradient and by EM, and GFlowNet-EM.

Names are imported when they are first used: TensorFlow takes seconds, which the help of the command
line does not need. `__init__.pyi` says the same to type checkers.
"""

import importlib
import importlib.util
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

__version__ = "0.1.0"

_NAMES_OF = {
    "conditional": ("Conditional", "condition", "marginal", "predict_from"),
    "course": ("make_data", "mixture_likelihood", "mixture_posterior_logits", "mstep"),
    "data": ("COURSE", "course_data"),
    "distribute": ("fit_em_distributed",),
    "fit": ("fit_em", "fit_gradient"),
    "gflownet": ("GFlowNetPosterior",),
    "hierarchical": ("HierarchicalMixture",),
    "e_steps": ("PolicyNet", "Training"),
    "hierarchical_em": ("EMResult", "exact_em", "gflownet_em", "tree_em", "variational_em"),
    "m_steps": ("ascend", "maximise"),
    "intervals": ("Bootstrap", "bootstrap"),
    "mixture": ("Mixture",),
    "models": ("EMGMM", "GMM"),
    "online": ("fit_online",),
    "parameters": ("load",),
    "priors": ("Prior", "default_prior"),
    "result": ("DegenerateFitWarning", "FitResult"),
    "select": ("Selection", "select_components"),
    "sklearn": ("from_sklearn", "to_sklearn"),
}
_MODULE_OF = {name: module for module, names in _NAMES_OF.items() for name in names}
# Modules whose classes Keras looks up by name when it loads a saved model.
_SAVED_BY_KERAS = ("gmm_tf.models", "gmm_tf.gflownet")

# scikit-learn is optional: `from gmm_tf import *` does without the names that need it.
__all__ = sorted(name for name, module in _MODULE_OF.items() if module != "sklearn")


def __getattr__(name: str) -> Any:
    """A public name, or a module of the package (PEP 562)."""
    if name in _MODULE_OF:
        # Registration imports modules of ours, and must not begin in the midst of one of them.
        importlib.import_module("keras")
        value = getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
        globals()[name] = value
        return value
    if not name.startswith("_") and importlib.util.find_spec(f"{__name__}.{name}"):
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULE_OF})


class _RegisterWithKeras:
    """A finder of modules that has our classes registered once Keras has been imported.

    `import gmm_tf` then is enough for `keras.saving.load_model`, as with any package that registers
    its classes.
    """

    @classmethod
    def find_spec(cls, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name != "keras":
            return None
        sys.meta_path.remove(cls)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def run_and_register(module: ModuleType) -> None:
                run(module)
                # A module of ours may be what imports Keras: then the others cannot be imported yet.
                if not any(name.startswith(f"{__name__}.") for name in sys.modules):
                    cls.register()

            spec.loader.exec_module = run_and_register
        return spec

    @staticmethod
    def register() -> None:
        for module in _SAVED_BY_KERAS:
            importlib.import_module(module)


if "keras" in sys.modules:
    _RegisterWithKeras.register()
else:
    sys.meta_path.insert(0, _RegisterWithKeras)
