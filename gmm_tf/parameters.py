"""The parameters of a mixture as JSON, which `gmm-tf fit` writes."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from gmm_tf import covariance as covariances
from gmm_tf import mixture
from gmm_tf.models import EMGMM, GMM, MixtureModel
from gmm_tf.names import Method

FILE = "parameters.json"
KEYS = ("weights", "means", "covariances")
CLASSES: dict[str, type[MixtureModel]] = {Method.EM: EMGMM, Method.MLE: GMM}


def load(path: str | os.PathLike[str], **kwargs: Any) -> MixtureModel:
    """The model whose parameters `gmm-tf fit` wrote.

    Args:
        path: of a parameters.json, or of the directory with it.
        **kwargs: for the model, an `EMGMM` or, after `--method mle`, a `GMM`; float64 unless `dtype`
            says otherwise.

    Raises:
        ValueError: a file with different content.
        OSError: a file that cannot be read.
    """
    return model(read(path), **kwargs)


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The content of a parameters.json, dict, as `gmm-tf fit` wrote it; path, exceptions as for `load`."""
    path = Path(path)
    if path.is_dir():
        path /= FILE
    try:
        content = json.loads(path.read_bytes())
        weights, means, matrices = (np.array(content[key], np.float64) for key in KEYS)
        if means.ndim != 2 or 0 in means.shape:
            raise ValueError(f"means of shape {list(means.shape)}")
        k, dim = means.shape
        shape = covariances.scale_shape(k, dim, content["covariance"])
        _check(weights, matrices, k, dim, shape)
        if len(content["columns"]) != dim:
            raise ValueError(f"{len(content['columns'])} columns for {dim} dimensions")
        if content["method"] not in CLASSES:
            raise ValueError(f"the method {content['method']!r}")
    except (ValueError, KeyError, TypeError) as error:
        got = f"no {error}" if isinstance(error, KeyError) else error
        raise ValueError(
            f"{path}: expected the {FILE} of gmm-tf fit, got {got}; run gmm-tf fit again."
        ) from None
    return content


def model(content: dict[str, Any], **kwargs: Any) -> MixtureModel:
    """The model with the parameters that `read` returned."""
    weights, means, matrices = (np.array(content[key], np.float64) for key in KEYS)
    k, dim = means.shape
    kind = content["covariance"]
    shape = covariances.scale_shape(k, dim, kind)
    if len(shape) == 3:
        scale = covariances.from_factor(tf.linalg.cholesky(matrices[: shape[0]]))
    else:
        scale = 0.5 * np.log(np.diagonal(matrices, axis1=1, axis2=2)[:, : shape[1]])
    with np.errstate(divide="ignore"):
        log_pi = np.maximum(np.log(weights), np.finfo(np.float32).min)
    built = CLASSES[content["method"]](k, dim, kind, **{"dtype": "float64", **kwargs})
    built.assign(mixture.cast(mixture.normal_mixture(log_pi, means, scale), built.variable_dtype))
    return built


def _check(weights: np.ndarray, matrices: np.ndarray, k: int, dim: int, shape: tuple[int, ...]) -> None:
    """Raise ValueError unless these are parameters of k components in `dim` dimensions."""
    if weights.shape != (k,) or not np.all(weights >= 0) or not np.isclose(weights.sum(), 1):
        raise ValueError(f"weights {weights.tolist()}, which are not {k} probabilities")
    if matrices.shape != (k, dim, dim):
        raise ValueError(f"covariances of shape {list(matrices.shape)}")
    variances = np.diagonal(matrices, axis1=1, axis2=2)
    if not np.isfinite(matrices).all() or variances.min() <= 0:
        raise ValueError("covariances that are not positive definite")
    # In raw units, eigenvalues of columns of little spread would be lost to rounding.
    unit = np.sqrt(variances)
    if np.linalg.eigvalsh(matrices / (unit[:, :, None] * unit[:, None, :])).min() <= 0:
        raise ValueError("covariances that are not positive definite")
    diagonal = matrices * np.eye(dim)
    if len(shape) == 2 and not np.array_equal(matrices, diagonal):
        raise ValueError("covariances that are not diagonal, although the file says so")
