"""Take the backbone out of a trained model, for other models to start from."""

from __future__ import annotations

import os

from safetensors.torch import save
from torch import Tensor

from jaguar_mm.engine.checkpoints.contents import BACKBONE
from jaguar_mm.engine.checkpoints.file import read_checkpoint
from jaguar_mm.engine.checkpoints.fitting import weights_of
from jaguar_mm.networks.lora import merge_additions
from jaguar_mm.storage.files import write_whole


def backbone_weights(checkpoint: str | os.PathLike) -> dict[str, Tensor]:
    """Return the weights of a checkpoint's backbone under timm's own key names.

    Args:
        checkpoint: A checkpoint or published file of a :class:`~jaguar_mm.models.classifiers.ReIDClassifier`.

    Raises:
        CheckpointError: If the file cannot be read.
        ValueError: If it holds no such model.
    """
    state = weights_of(read_checkpoint(checkpoint))
    weights = {key.removeprefix(BACKBONE): value for key, value in state.items() if key.startswith(BACKBONE)}
    if not weights:
        raise ValueError(f'{checkpoint}: has no weight whose name begins with {BACKBONE!r}')
    return merge_additions(weights)


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
