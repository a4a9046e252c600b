"""Take the backbone out of a trained model, for other models to start from."""

from __future__ import annotations

import os

from safetensors.torch import save
from torch import Tensor

from jaguar_mm.engine.checkpoints.file import read_checkpoint
from jaguar_mm.networks.timm_features import PREFIX
from jaguar_mm.storage.files import write_whole

BACKBONE = f'backbone.{PREFIX}'


def backbone_weights(checkpoint: str | os.PathLike) -> dict[str, Tensor]:
    """Return the weights of a checkpoint's backbone under timm's own key names.

    Args:
        checkpoint: A checkpoint or published file of a :class:`~jaguar_mm.models.classifiers.ReIDClassifier`.

    Raises:
        CheckpointError: If the file cannot be read.
        ValueError: If it holds no such model.
    """
    content = read_checkpoint(checkpoint)
    state = content.get('state_dict', content)
    weights = {key.removeprefix(BACKBONE): value for key, value in state.items() if str(key).startswith(BACKBONE)}
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
