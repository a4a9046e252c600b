"""How many classes a head has: as many as the training set, unless the config says it."""

from __future__ import annotations

import inspect
from typing import Any

from jaguar_mm.datasets.protocol import ReIDData
from jaguar_mm.registry import MODELS


def head_without_classes(model: Any) -> bool:
    """Return whether a model's config has a head that needs a number of classes and is not given one."""
    head = (model.get('head') or {}) if isinstance(model, dict) else {}
    kind = head.get('type')
    kind = MODELS.get(kind) if isinstance(kind, str) else kind
    return (
        kind is not None
        and head.get('num_classes') is None
        and 'num_classes' in inspect.signature(kind.__init__).parameters
    )


def number_of_classes(dataset: ReIDData) -> int:
    """Return the number of classes of a training set.

    Raises:
        ValueError: If it has none.
    """
    if classes := dataset.metainfo.get('classes'):
        return len(classes)
    raise ValueError(
        f'the training set ({dataset.source}) has no classes, so model.head.num_classes is not known: give it a table '
        f'with identities, or the data set its classes'
    )


def check_number_of_classes(given: int, dataset: ReIDData) -> None:
    """Raise ValueError if a head has another number of classes than the training set."""
    if given != number_of_classes(dataset):
        raise ValueError(
            f'model.head.num_classes is {given}, but the training set has {number_of_classes(dataset)} classes '
            f'({dataset.source}); leave it out, as with --cfg-options model.head.num_classes=None'
        )
