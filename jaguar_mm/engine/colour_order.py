"""Red comes first in the pixels where the model's means are red first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mmcv.transforms import LoadImageFromFile, Normalize
from mmpretrain.datasets import NumpyToPIL, PILToNumpy
from torch import nn

from jaguar_mm.datasets.transforms import LoadRGBA
from jaguar_mm.engine.checkpoints.recorded_config import nested_dicts
from jaguar_mm.models import ReIDDataPreprocessor
from jaguar_mm.registry import TRANSFORMS

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


def check_colour_order(cfg: Mapping, model: nn.Module, loaders: Sequence[str] = LOADERS) -> None:
    """Compare how a config's pipelines load images with what the model's preprocessor expects.

    mmcv's and mmpretrain's loading gives blue first, ours red first; ``data_preprocessor.to_rgb`` turns one into the
    other.

    Args:
        cfg: A full config.
        model: The model; only one with a :class:`~jaguar_mm.models.ReIDDataPreprocessor` is looked at.
        loaders: Keys of the dataloaders that are to run.

    Raises:
        ValueError: If red and blue would be exchanged.
    """
    preprocessor = getattr(model, 'data_preprocessor', None)
    if not isinstance(preprocessor, ReIDDataPreprocessor):
        return
    for loader in loaders:
        for loading, blue_first in _loadings(cfg.get(loader) or {}):
            if blue_first != preprocessor.to_rgb:
                raise ValueError(_message(loader, loading, blue_first))


def _message(loader: str, loading: str, blue_first: bool) -> str:
    if blue_first:
        advice = f'load with LoadRGBA in place of {loading}, or set model.data_preprocessor.to_rgb=True'
    else:
        advice = 'set model.data_preprocessor.to_rgb=False'
    return (
        f'{loader}.dataset.pipeline: {loading} gives images with {"blue" if blue_first else "red"} first, and with '
        f'model.data_preprocessor.to_rgb={not blue_first} the model would see red and blue exchanged: {advice}'
    )


def _loadings(node: object) -> Iterator[tuple[str, bool]]:
    """Yield the loading transform of every pipeline within a part of a config, and whether its end is blue first."""
    for part in nested_dicts(node):
        steps = list(nested_dicts(part['pipeline'])) if part.get('pipeline') else []
        yield from _order(steps)


def _order(steps: list[dict]) -> Iterator[tuple[str, bool]]:
    loading, blue_first = None, False
    for step in steps:
        kind = TRANSFORMS.get(step['type']) if isinstance(step.get('type'), str) else step.get('type')
        if not isinstance(kind, type):
            continue
        if issubclass(kind, LoadRGBA | LoadImageFromFile):
            loading = kind.__name__
            blue_first = issubclass(kind, LoadImageFromFile) and step.get('imdecode_backend') != 'tifffile'
        elif _exchanges(kind, step):
            blue_first = not blue_first
    if loading:
        yield loading, blue_first


def _exchanges(kind: type, step: dict) -> bool:
    """Return whether a transform exchanges red and blue."""
    return (
        (issubclass(kind, Normalize) and step.get('to_rgb', True))
        or (issubclass(kind, NumpyToPIL) and step.get('to_rgb', False))
        or (issubclass(kind, PILToNumpy) and step.get('to_bgr', False))
    )
