"""What a file of weights seems to hold that does not fit a model, in words, and what to do with it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from jaguar_mm.engine.checkpoints.recorded_config import parse_config

BACKBONE = 'backbone.timm_model.'  # before timm's own names; no import of the models, which takes seconds


def describe_contents(model: nn.Module, weights: Mapping[str, Tensor], meta: Any, path: str | os.PathLike) -> str:
    """Say what a file seems to hold, and what to do with it.

    Args:
        model: The model that it does not fit.
        weights: The weights in the file.
        meta: The checkpoint's ``meta``, if it has any.
        path: The file.
    """
    if not weights:
        return 'The file holds no weights; give a checkpoint that jaguar-mm train wrote'
    if all(name.startswith('head.') for name in weights):
        return 'The file seems to hold a head alone; give the whole checkpoint'
    backbone = getattr(model, 'backbone', None)
    if hasattr(backbone, 'timm_model') and _is_bare(backbone.timm_model, weights):
        return (
            f'The file seems to hold the bare timm weights of {backbone.model_name}, the backbone of this model: load '
            f"them with --cfg-options model.backbone.checkpoint_path={path}, to test with 'none' as the checkpoint, to "
            f'train without load_from'
        )
    trained, wanted = _recorded_network(meta), getattr(backbone, 'model_name', type(backbone).__name__)
    if trained not in (None, wanted):
        return f'The file seems to hold a model of {trained}, this one has {wanted}; give the config of that training'
    known = model.state_dict()
    fitting = sum(name in known and known[name].shape == weight.shape for name, weight in weights.items())
    if fitting:
        return (
            f'The file seems to hold a model of other parts or sizes, {fitting} of its {len(weights)} weights fit; '
            f'give the config that it was trained with'
        )
    return (
        f'The file seems to hold the weights of another network ({next(iter(weights))}, ...); give the config that it '
        f'was trained with'
    )


def _is_bare(network: nn.Module, weights: Mapping[str, Tensor]) -> bool:
    """Whether weights are those of a timm network, but for position embeddings, which depend on the size of images."""
    own = {name: weight.shape for name, weight in network.named_parameters() if not name.startswith('head.')}
    return own.keys() <= weights.keys() and all(
        weights[name].shape == shape for name, shape in own.items() if 'pos_embed' not in name
    )


def _recorded_network(meta: Any) -> str | None:
    """Return the network that a checkpoint has on record, None if it does not say."""
    try:
        return parse_config(meta['cfg'])['model']['backbone']['model_name']
    except (KeyError, TypeError, ValueError):
        return None
