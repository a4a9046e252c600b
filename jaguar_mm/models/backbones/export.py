"""Take the backbone out of a trained model, for other models to start from."""

from __future__ import annotations

import os

import torch
from safetensors.torch import save
from torch import Tensor

from jaguar_mm.files import write_whole
from jaguar_mm.models.backbones.timm_features import PREFIX

BACKBONE = f'backbone.{PREFIX}'


def backbone_weights(checkpoint: str | os.PathLike) -> dict[str, Tensor]:
    """Return the weights of a checkpoint's backbone under timm's own key names.

    Args:
        checkpoint: A published checkpoint of a :class:`~jaguar_mm.models.classifiers.ReIDClassifier`. Only tensors and
            plain values are read: a file cannot run code.

    Raises:
        ValueError: If the file is no such checkpoint.
    """
    try:
        content = torch.load(checkpoint, map_location='cpu', weights_only=True)
        state = content.get('state_dict', content)
        weights = {key.removeprefix(BACKBONE): value for key, value in state.items() if key.startswith(BACKBONE)}
    except Exception as error:  # whatever a broken or foreign file makes of the reader
        raise ValueError(
            f'{checkpoint}: cannot be read as tensors and plain values ({type(error).__name__}); '
            "train with default_hooks.checkpoint.published_keys=['meta', 'state_dict'] and give the published file"
        ) from error
    if not weights:
        raise ValueError(f'{checkpoint}: has no weight whose name begins with {BACKBONE!r}')
    return weights


def export_backbone(checkpoint: str | os.PathLike, out: str | os.PathLike) -> int:
    """Write a checkpoint's backbone in half precision, as ``model.backbone.checkpoint_path`` takes it.

    Args:
        checkpoint: See :func:`backbone_weights`.
        out: File to write, ``.safetensors``.

    Returns:
        Number of tensors written.
    """
    weights = {
        key: value.half().contiguous() if value.is_floating_point() else value
        for key, value in backbone_weights(checkpoint).items()
    }
    write_whole(out, save(weights))
    return len(weights)
