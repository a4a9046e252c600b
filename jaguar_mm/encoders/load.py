"""Load an encoder from the one file in which a model is published."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jaguar_mm.encoders.built_in import DESCRIPTION, built_in_weights
from jaguar_mm.encoders.built_in import NAME as BUILT_IN
from jaguar_mm.encoders.encoder import Encoder
from jaguar_mm.encoders.preprocessing import Preprocessing
from jaguar_mm.encoders.records import Record
from jaguar_mm.storage import EncoderFingerprint, canonical

if TYPE_CHECKING:
    import torch


def load_encoder(
    path: str | os.PathLike,
    *,
    device: str | torch.device | None = None,
    cache: str | os.PathLike | None = None,
    amp: bool = False,
) -> Encoder:
    """Load a published model as an encoder; no config and nothing of OpenMMLab is needed.

    Args:
        path: What ``jaguar-mm publish`` wrote, ``.safetensors``; or ``'built-in'``, for people who have no model, see
            :mod:`~jaguar_mm.encoders.built_in`.
        device: Where to compute; by default the GPU if there is one.
        cache: Folder of a cache of shrunk images; None: each file is decoded anew.
        amp: Whether to compute in automatic mixed precision, on CPUs in bfloat16.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no published model, is damaged, or its network needs OpenMMLab; if ``amp`` is asked of a
            processor without bfloat16.
        ImportError: If torch or timm is not installed, or a package that the encoder needs.
    """
    if str(path) != BUILT_IN and not os.path.isfile(path):
        raise FileNotFoundError(f'{path}: no such file')
    if str(path) != BUILT_IN and Path(path).suffix != '.safetensors':
        raise ValueError(
            f'{path}: a published model is a .safetensors file; jaguar-mm publish makes one of a checkpoint'
        )
    try:
        from jaguar_mm.encoders.published import load_published
        from jaguar_mm.encoders.torch_network import TorchNetwork
        from jaguar_mm.networks import EmbeddingTTA, build_network, weights_digest
    except ImportError as error:
        raise ImportError(f"{path}: needs torch and timm ({error}); pip install 'jaguar_mm[torch]'") from error
    if str(path) == BUILT_IN:
        described, weights_for = DESCRIPTION, built_in_weights
    else:
        header, weights = load_published(path)
        described, weights_for = header['encoder'], lambda network: weights
    try:
        network = build_network(described['backbone'], described['neck'])
        preprocessing = Preprocessing(described['steps'], cache)
        network.load_state_dict(weights_for(network))
    except (ValueError, RuntimeError) as error:
        raise ValueError(f'{path}: {error}') from error
    views = [EmbeddingTTA(**arguments) for arguments in described['views']]
    normalisation = described['mean'], described['std']
    middle = TorchNetwork(network, *normalisation, {view.name: view for view in views}, device, amp)
    name = described['backbone']['model_name']
    fingerprint = make_fingerprint(weights_digest(network), preprocessing.key, *normalisation, name)
    return Encoder(middle, PreparedBy(preprocessing), fingerprint)


class PreparedBy:
    """Prepare records by a :class:`Preprocessing`."""

    def __init__(self, preprocessing: Preprocessing) -> None:
        self.preprocessing = preprocessing

    def __call__(self, record: Record) -> np.ndarray:
        """Return what the network sees of a record's image, uint8 (H, W, 3)."""
        return self.preprocessing(record['image'] if 'image' in record else record['img_path'])


def make_fingerprint(weights: str, steps: str, mean: list[float], std: list[float], network: str) -> EncoderFingerprint:
    """Return the fingerprint of weights and of everything that is done to an image before them."""
    rounded = [[round(float(value), 3) for value in values] for values in (mean, std)]
    return EncoderFingerprint(weights, canonical({'steps': steps, 'mean': rounded[0], 'std': rounded[1]}), network)
