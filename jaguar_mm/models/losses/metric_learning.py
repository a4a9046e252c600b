"""The losses of pytorch-metric-learning."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from pytorch_metric_learning import distances, losses, miners, reducers, regularizers
from torch import Tensor

from jaguar_mm.models.losses.pair_loss import PairLoss
from jaguar_mm.registry import LOSSES

PARTS = (reducers, distances, regularizers)  # of which losses and miners are made


@LOSSES.register_module()
class MetricLearning(PairLoss):
    """A loss of the library pytorch-metric-learning, such as ``dict(type='CircleLoss', m=0.25, gamma=128)``.

    Its parts are configs as well: ``reducer=dict(type='MeanReducer')``. It gets unit vectors in float32 and hard
    labels. What it learns, such as the proxies of ``ProxyAnchorLoss``, are weights of the model; the number of classes
    and the width of the embedding it is told. Without a number of classes such a loss is left out, and nothing can be
    trained. Take ``ArcFace`` and its kind from this project: they take mixed labels too.

    Args:
        loss: Class in ``pytorch_metric_learning.losses``, and arguments.
        miner: Class in ``pytorch_metric_learning.miners`` that chooses pairs, and arguments; None: all pairs.
        num_classes: Number of training identities; the head gives it.
        in_channels: Width of the embedding; the head gives it.

    Raises:
        ValueError: If the library has no such class, or no such argument.
    """

    needs_classes = True

    def __init__(
        self,
        loss: Mapping[str, Any],
        miner: Mapping[str, Any] | None = None,
        num_classes: int | None = None,
        in_channels: int | None = None,
    ) -> None:
        super().__init__()
        by_class = _takes_classes(_kind(loss, losses))
        self.needs_positives = not by_class
        sizes = dict(num_classes=num_classes, embedding_size=in_channels) if by_class else {}
        self.loss = None if by_class and not num_classes else _build(dict(loss) | sizes, losses)
        self.miner = _build(miner, miners) if miner else None

    def forward(self, embedding: Tensor, labels: Tensor) -> Tensor:
        """Return the loss of a batch, 0 if it has no pair, see ``PairLoss``."""
        return self.loss(embedding, labels, self.miner(embedding, labels) if self.miner else None)


def _kind(config: Mapping[str, Any], *rooms: ModuleType) -> type:
    """Return the class of a config's ``type``."""
    for room in rooms:
        if hasattr(room, config['type']):
            return getattr(room, config['type'])
    raise ValueError(
        f'MetricLearning: there is no {config["type"]!r} in {", ".join(room.__name__ for room in rooms)}; the '
        f'documentation of pytorch-metric-learning lists what there is'
    )


def _build(config: Mapping[str, Any], *rooms: ModuleType) -> Any:
    """Build a class of the library, and first the parts among its arguments."""
    kind = _kind(config, *rooms)
    arguments = {
        name: _build(value, *PARTS) if isinstance(value, Mapping) else value
        for name, value in config.items()
        if name != 'type'
    }
    try:
        return kind(**arguments)
    except TypeError as error:
        raise ValueError(
            f'MetricLearning: {config["type"]} cannot be made with {sorted(arguments)}: {error}'
        ) from error


def _takes_classes(kind: type) -> bool:
    """Return whether a loss, or one that it is made from, is told the number of classes."""
    return any('num_classes' in inspect.signature(base.__init__).parameters for base in kind.__mro__)
