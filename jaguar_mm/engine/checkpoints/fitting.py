"""Weights of a file in a model: how much of the model they fill, and whether that is enough."""

from __future__ import annotations

import logging
import os
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from mmengine.logging import print_log
from torch import Tensor, nn

from jaguar_mm.engine.checkpoints.contents import BACKBONE, describe_contents
from jaguar_mm.engine.checkpoints.seal import CheckpointError

HEAD = 'head.'
OFF_THE_WAY = (HEAD, f'{BACKBONE}head.')  # what no embedding passes: the classifier, and what timm has behind its map
EMBEDDING = ('backbone.', 'neck.')
COUNTER = 'num_batches_tracked'  # of batch normalisation; enters no embedding, and old files lack it
WRAPPER = 'module.'  # of distributed or averaged models
MISSHAPEN = re.compile(r'size mismatch for (\S+):')
SHOWN = 10  # names in a warning


class Fit(NamedTuple):
    """What a file's weights are to a model.

    Attributes:
        wanted: Weights of the model on the way to the embedding.
        lacking: Those of them that the file does not give, or gives in another shape.
        surplus: Weights on the way to the embedding that only the file has.
        head: Weights of the model's head that the file does not give, or gives in another shape.
    """

    wanted: list[str]
    lacking: list[str]
    surplus: list[str]
    head: list[str]


def weights_of(checkpoint: Mapping[str, Any]) -> OrderedDict[str, Tensor]:
    """Return the weights that a checkpoint or a bare file holds, without the prefix of wrapped models."""
    state = checkpoint.get('state_dict', checkpoint)
    weights = OrderedDict(
        (str(name).removeprefix(WRAPPER), weight) for name, weight in state.items() if isinstance(weight, Tensor)
    )
    weights._metadata = getattr(state, '_metadata', OrderedDict())
    return weights


def load_to_embed(model: nn.Module, checkpoint: Mapping[str, Any], path: str | os.PathLike) -> None:
    """Load weights into a model that is to embed; the head may be another one.

    Args:
        model: The model, not wrapped.
        checkpoint: What the file holds.
        path: The file.

    Raises:
        CheckpointError: Unless all weights on the way to the embedding are loaded, and all that the file has.
    """
    fit = _load_what_fits(model, weights_of(checkpoint))
    if fit.lacking:
        raise _unfit(model, checkpoint, path, fit)
    if fit.surplus:
        raise CheckpointError(
            f'{path}: {len(fit.surplus)} weights in it have no place in this model, the first is {fit.surplus[0]}: it '
            f'has another neck, or fewer layers; give the config that the file was trained with'
        )


def load_to_start_from(model: nn.Module, checkpoint: Mapping[str, Any], path: str | os.PathLike) -> None:
    """Load weights into a model that a training starts from; what they leave at random is named in a warning.

    Args:
        model: The model, not wrapped.
        checkpoint: What the file holds.
        path: The file.

    Raises:
        CheckpointError: If no weight on the way to the embedding is loaded.
    """
    fit = _load_what_fits(model, weights_of(checkpoint))
    if len(fit.lacking) == len(fit.wanted):
        raise _unfit(model, checkpoint, path, fit)
    if untouched := fit.lacking + fit.head:
        _warn(f'{path}: gives no weights of this shape for {_listed(untouched)}, which start as they would without it')
    if fit.surplus:
        _warn(f'{path}: what it has for {_listed(fit.surplus)} has no place in this model')


def _load_what_fits(model: nn.Module, weights: OrderedDict[str, Tensor]) -> Fit:
    """Load weights by the modules' own rules, some of which rename or resample."""
    try:
        missing, unexpected = model.load_state_dict(weights, strict=False)
    except RuntimeError as error:
        misshapen = MISSHAPEN.findall(str(error))
        if not misshapen:
            raise
        fitting = weights.copy()
        fitting._metadata = weights._metadata
        for name in misshapen:
            del fitting[name]
        missing, unexpected = model.load_state_dict(fitting, strict=False)
    return Fit(
        wanted=[name for name in model.state_dict() if _is_on_the_way(name)],
        lacking=[name for name in missing if _is_on_the_way(name)],
        surplus=[name for name in unexpected if _is_on_the_way(name) and name.startswith(EMBEDDING)],
        head=[name for name in missing if name.startswith(HEAD)],
    )


def _is_on_the_way(name: str) -> bool:
    return not name.startswith(OFF_THE_WAY) and not name.endswith(COUNTER)


def _unfit(model: nn.Module, checkpoint: Mapping[str, Any], path: str | os.PathLike, fit: Fit) -> CheckpointError:
    weights, first = weights_of(checkpoint), fit.lacking[0]
    why = 'absent'
    if first in weights:
        why = f'{tuple(weights[first].shape)} in the file, {tuple(model.state_dict()[first].shape)} in the model'
    return CheckpointError(
        f'{path}: {len(fit.lacking)} of the {len(fit.wanted)} weights on the way to the embedding are not loaded from '
        f'it, the first is {first} ({why}). {describe_contents(model, weights, checkpoint.get("meta"), path)}'
    )


def _listed(names: Sequence[str]) -> str:
    return f'{", ".join(names[:SHOWN])}{f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""}'


def _warn(message: str) -> None:
    print_log(message, logger='current', level=logging.WARNING)
