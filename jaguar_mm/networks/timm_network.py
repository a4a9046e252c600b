"""Make a timm network without its classifier, with random weights, those of the hub or those of a local file."""

from __future__ import annotations

import difflib
import textwrap
from dataclasses import replace
from pathlib import Path

import timm
from timm.models import PretrainedCfg, load_state_dict
from torch import Tensor, nn


def create_network(model_name: str, pretrained: bool = False, checkpoint_path: str = '', **timm_kwargs) -> nn.Module:
    """Make a timm network without its classifier.

    Args:
        model_name: Name in timm, with the tag of its weights if need be.
        pretrained: Load the weights of the timm hub, unless there is a ``checkpoint_path``.
        checkpoint_path: Local weights with timm's key names (.safetensors or .pth). They must fit the network key by
            key, the classifier apart; position embeddings are resampled to its ``img_size``. Only tensors are read: a
            file cannot run code.
        **timm_kwargs: Further arguments of ``timm.create_model``; ``pretrained_cfg_overlay`` with ``hf_hub_id``,
            ``mean`` and ``std`` takes weights of the same architecture from elsewhere on the hub.

    Returns:
        The network.

    Raises:
        ValueError: If timm has no such network, or the weights are unreadable or another network's.
        FileNotFoundError: If ``checkpoint_path`` does not exist, or the hub gives no weights.
    """
    source = replace(_weights_source(model_name), **timm_kwargs.get('pretrained_cfg_overlay', {}))
    if checkpoint_path:
        return _with_local_weights(model_name, source, checkpoint_path, timm_kwargs)
    if pretrained:
        return _with_hub_weights(model_name, source, timm_kwargs)
    return timm.create_model(model_name, num_classes=0, **timm_kwargs)


def _weights_source(model_name: str) -> PretrainedCfg:
    """Return what timm knows of the weights that belong to a name."""
    try:
        return timm.get_pretrained_cfg(model_name, allow_unregistered=False)
    except RuntimeError as error:
        near = difflib.get_close_matches(model_name, timm.list_models() + timm.list_pretrained())
        hint = f'did you mean {" or ".join(near)}?' if near else 'timm.list_models() gives all names'
        raise ValueError(f'model.backbone.model_name: timm has no network {model_name!r}; {hint}') from error


def _with_hub_weights(model_name: str, source: PretrainedCfg, timm_kwargs: dict) -> nn.Module:
    try:
        return timm.create_model(model_name, pretrained=True, num_classes=0, **timm_kwargs)
    except OSError as error:  # the hub's errors are OSErrors
        hub = source.hf_hub_id
        place = f'model.safetensors of https://huggingface.co/{hub}' if hub else source.url  # old ones have an address
        raise FileNotFoundError(
            f'the weights of {model_name!r} could not be fetched from the timm hub: on a machine without network fetch '
            f'{place} beforehand and set '
            f'model.backbone.checkpoint_path to it, or start from random weights with model.backbone.pretrained=False'
        ) from error


def _with_local_weights(model_name: str, source: PretrainedCfg, path: str, timm_kwargs: dict) -> nn.Module:
    weights = _without_classifier(_read(path), source)
    # Without a classifier on either side timm compares all keys, which it does not once the class counts differ.
    given = timm_kwargs.pop('pretrained_cfg_overlay', {})
    overlay = {**given, 'state_dict': weights, 'num_classes': 0, 'classifier': None}
    try:
        network = timm.create_model(
            model_name, pretrained=True, num_classes=0, pretrained_cfg_overlay=overlay, **timm_kwargs
        )
    except RuntimeError as error:
        reason = textwrap.shorten(str(error), 800)
        raise ValueError(f'model.backbone.checkpoint_path: {path!r} does not fit {model_name!r}: {reason}') from error
    network.pretrained_cfg.pop('state_dict')  # timm would keep a second copy of all weights
    return network


def _without_classifier(weights: dict[str, Tensor], source: PretrainedCfg) -> dict[str, Tensor]:
    classifier = source.classifier or ()
    layers = (classifier,) if isinstance(classifier, str) else classifier
    return {key: weight for key, weight in weights.items() if key.rpartition('.')[0] not in layers}


def _read(path: str) -> dict[str, Tensor]:
    if not Path(path).is_file():
        raise FileNotFoundError(f'model.backbone.checkpoint_path: there is no file {path!r}')
    try:
        return load_state_dict(path, weights_only=True)
    except Exception as error:  # whatever a broken file makes of the readers
        raise ValueError(f'model.backbone.checkpoint_path: {path!r} cannot be read as weights: {error}') from error
