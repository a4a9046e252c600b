"""LightGlue's weights in a file."""

from __future__ import annotations

import os

import torch
from torch import nn

from jaguar_mm.storage import read_sealed, write_sealed


def save_weights(network: nn.Module, path: str | os.PathLike, texts: dict[str, str]) -> None:
    """Write a network's weights, sealed.

    Args:
        network: The network.
        path: The file, ``.safetensors``.
        texts: What is to be known of them, by name.
    """
    write_sealed(path, {name: value.detach().cpu().numpy() for name, value in network.state_dict().items()}, texts)


def load_weights(network: nn.Module, path: str | os.PathLike) -> None:
    """Read a network's weights.

    Args:
        network: The network, changed in place.
        path: A file of :func:`save_weights`.

    Raises:
        ValueError: If it is no such file, or of another network.
    """
    try:
        arrays = read_sealed(path).arrays
        network.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    except (ValueError, RuntimeError) as error:
        why = str(error).partition('\n')[0]
        raise ValueError(f'{path}: no weights of LightGlue ({why}); give a file of jaguar-mm train-matcher') from error
