"""NumPy arrays or torch tensors in, the same kind out.

Nothing here imports torch: whoever gives a tensor has imported it. Tensors on the CPU are computed by NumPy; those on
another device, or whose gradient is asked for, by torch.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, overload

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor
    from typing_extensions import TypeIs

Array: TypeAlias = 'np.ndarray | Tensor'


def is_tensor(array: Any) -> TypeIs[Tensor]:
    """Say whether something is a torch tensor."""
    torch = sys.modules.get('torch')
    return torch is not None and isinstance(array, torch.Tensor)


def needs_torch(*arrays: Any) -> bool:
    """Say whether one of the arrays is a tensor that NumPy cannot compute with: on a device, or with a gradient."""
    return any(is_tensor(array) and (array.device.type != 'cpu' or array.requires_grad) for array in arrays)


def device_of(array: Any) -> str | None:
    """Return the device of a tensor that is not on the CPU, else None."""
    return str(array.device) if is_tensor(array) and array.device.type != 'cpu' else None


def to_numpy(array: Array | Sequence) -> np.ndarray:
    """Return an array, a tensor on any device or a nested sequence as a NumPy array; bfloat16 becomes float32."""
    if not is_tensor(array):
        return np.asarray(array)
    torch = sys.modules['torch']
    tensor = array.detach().cpu()
    return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()


@overload
def like(result: Array, model: Tensor) -> Tensor: ...
@overload
def like(result: Array, model: np.ndarray | Sequence) -> np.ndarray: ...
def like(result: Array, model: Array | Sequence) -> Array:
    """Return a result as the kind of ``model``: a NumPy array, or a tensor on the same device."""
    if is_tensor(model):
        return sys.modules['torch'].as_tensor(result, device=model.device)
    return to_numpy(result)


def unusable_rows(features: Array) -> list[int]:
    """Return the indices of the embeddings (N, D) with NaN, Inf or only zeros, which have no direction."""
    values = to_numpy(features)
    return np.flatnonzero(~np.isfinite(values).all(1) | ~values.any(1)).tolist()


def refuse_rows(rows: Array | Sequence[int], what: str) -> None:
    """Raise ValueError if there are bad rows, naming the first ten."""
    if len(rows):
        raise ValueError(f'{what} in {len(rows)} row(s): {", ".join(str(int(row)) for row in rows[:10])}')
