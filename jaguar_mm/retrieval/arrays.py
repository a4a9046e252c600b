"""NumPy arrays or torch tensors in, the same kind out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

Array = np.ndarray | Tensor
SHORTEST = 1e-12  # rows of such a length or its inverse are looked at twice


def to_numpy(array: Array | Sequence) -> np.ndarray:
    """Return an array, a tensor on any device or a nested sequence as a NumPy array."""
    return array.detach().cpu().numpy() if isinstance(array, Tensor) else np.asarray(array)


def like(result: Array, model: Array) -> Array:
    """Return a result as the kind of ``model``: a NumPy array, or a tensor on the same device."""
    if isinstance(model, Tensor):
        return torch.as_tensor(result, device=model.device)
    return to_numpy(result)


def as_features(features: Array, name: str) -> Tensor:
    """Return embeddings as a tensor of at least single precision.

    Args:
        features: Embeddings (N, D).
        name: What to call them in an error.

    Raises:
        ValueError: If they are no matrix, are empty, or a row has NaN, Inf or only zeros; rows are named by index.
    """
    tensor = features if isinstance(features, Tensor) else _as_tensor(np.asarray(features))
    if tensor.ndim != 2 or 0 in tensor.shape:
        raise ValueError(f'{name} must be a matrix (N, D) with at least one row and column, got {tuple(tensor.shape)}')
    tensor = tensor.to(torch.promote_types(tensor.dtype, torch.float32))
    suspects = out_of_range(torch.linalg.vector_norm(tensor.detach(), dim=1))
    _refuse(suspects[~torch.isfinite(tensor[suspects]).all(1)], f'{name} has NaN or Inf')
    _refuse(suspects[~tensor[suspects].any(1)], f'{name} has only zeros')
    return tensor


def unusable_rows(features: Array) -> list[int]:
    """Return the indices of the embeddings (N, D) with NaN, Inf or only zeros, which have no direction."""
    values = to_numpy(features)
    return np.flatnonzero(~np.isfinite(values).all(1) | ~values.any(1)).tolist()


def _as_tensor(array: np.ndarray) -> Tensor:
    """Share an array's memory; copy what torch cannot share: read-only memory, strides that run backwards."""
    shareable = array.flags.writeable and all(stride >= 0 for stride in array.strides)
    return torch.from_numpy(array if shareable else array.copy())


def out_of_range(lengths: Tensor) -> Tensor:
    """Return the indices of lengths (N,) that are NaN, or so long or short that squares may have left single range."""
    return (~((lengths > SHORTEST) & (lengths < 1 / SHORTEST))).nonzero().flatten()


def _refuse(rows: Tensor, what: str) -> None:
    """Raise if there are bad rows, naming the first ten."""
    if len(rows):
        raise ValueError(f'{what} in {len(rows)} row(s): {", ".join(map(str, rows[:10].tolist()))}')
