"""The head of re-identification: losses over one embedding, added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from jaguar_mm.models.losses import Loss
from jaguar_mm.registry import LOSSES, MODELS


@MODELS.register_module()
class ReIDHead(BaseModule):
    """A weighted sum of losses over the embedding, in float32 at least.

    They get it as it is compared in testing, of length one, unless their ``takes_length`` says otherwise. Each is
    logged as ``loss_NAME``, with its weight. Class scores are those of the first loss that has any.

    Args:
        losses: Configs of losses by name, or a list, in which the type in lower case is the name. Each may have a
            ``weight``, 1 by default; None instead of a config leaves one out.
        in_channels: Width of the embedding; the model gives it.
        num_classes: Number of training identities; the runner takes it from the training set. Without it nothing can be
            trained.
    """

    def __init__(
        self,
        losses: Mapping[str, dict | None] | Sequence[dict],
        in_channels: int | None = None,
        num_classes: int | None = None,
    ) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.losses = nn.ModuleDict()
        self.weights: dict[str, float] = {}
        for name, loss in _by_name(losses).items():
            arguments = dict(loss)
            self.weights[name] = arguments.pop('weight', 1.0)
            if _kind(loss).needs_classes:
                arguments |= dict(num_classes=num_classes, in_channels=in_channels)
            self.losses[name] = LOSSES.build(arguments)

    @property
    def pair_losses(self) -> list[str]:
        """Names of the losses that need several images of a class in a batch."""
        return [name for name, loss in self.losses.items() if loss.needs_positives]

    @property
    def comparing_losses(self) -> list[str]:
        """Names of the losses that compare the images of a batch with one another."""
        return [name for name, loss in self.losses.items() if loss.compares_images]

    @property
    def taught_losses(self) -> list[str]:
        """Names of the losses that learn from a teacher's embeddings."""
        return [name for name, loss in self.losses.items() if loss.learns_from_teacher]

    def refuse_mixed_labels(self) -> None:
        """Raise ValueError if a loss compares images by their labels, of which mixed ones have no one."""
        if refusing := [name for name in self.comparing_losses if name not in self.taught_losses]:
            raise ValueError(
                f'model.head.losses.{refusing[0]} compares images one with another and takes no mixed '
                f'labels: leave mixup and CutMix (model.train_cfg.augments) out, or this loss'
            )

    def forward(self, feats: tuple[Tensor, ...]) -> Tensor:
        """Return class scores before the softmax (B, C) of embeddings (B, D), without margin; the embeddings if none.

        Args:
            feats: Embeddings in a tuple.
        """
        with torch.autocast(feats[-1].device.type, enabled=False):
            scores = (loss.scores(_embedding(feats, loss)) for loss in self.losses.values())
            return next((score for score in scores if score is not None), feats[-1])

    def loss(self, feats: tuple[Tensor, ...], data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Return the training losses.

        Args:
            feats: Embeddings (B, D) in a tuple.
            data_samples: With ``gt_label``, or ``gt_score`` (C,) after mixup or CutMix; labels are checked by
                :class:`~jaguar_mm.models.preprocessor.ReIDDataPreprocessor`. With ``teacher_embedding`` (T,) if a loss
                learns from it.

        Returns:
            ``loss_NAME``, a mean over the batch times its weight, of every loss.

        Raises:
            ValueError: If the batch was mixed and a loss compares its images, or one needs a teacher and there is none.
        """
        targets = _targets(data_samples)
        taught = self._teacher_embeddings(data_samples)
        if targets.ndim == 2:
            self.refuse_mixed_labels()
        with torch.autocast(feats[-1].device.type, enabled=False):
            return {
                f'loss_{name}': self.weights[name]
                * loss(_embedding(feats, loss), taught if loss.learns_from_teacher else targets)
                for name, loss in self.losses.items()
            }

    def predict(self, feats: tuple[Tensor, ...], data_samples: list[DataSample] | None = None) -> list[DataSample]:
        """Return the data samples with ``pred_score`` (C,) and ``pred_label`` if there are class centres."""
        samples = data_samples or [DataSample() for _ in feats[-1]]
        scores = self(feats)
        if scores is not feats[-1]:
            for sample, score in zip(samples, scores.softmax(1), strict=True):
                sample.set_pred_score(score).set_pred_label(score.argmax(0, keepdim=True))
        return samples

    def _teacher_embeddings(self, data_samples: list[DataSample]) -> Tensor | None:
        """Return the teacher's embeddings (B, T), None if no loss asks for them."""
        if not self.taught_losses:
            return None
        if 'teacher_embedding' not in data_samples[0]:
            raise ValueError(
                f'model.head.losses.{self.taught_losses[0]} learns from a teacher and there is none: set '
                "model.type='TaughtClassifier' and model.teacher to a published model"
            )
        return torch.stack([sample.teacher_embedding for sample in data_samples])


def _by_name(losses: Mapping[str, dict | None] | Sequence[dict]) -> dict[str, dict]:
    """Return the configs of losses by name.

    Raises:
        ValueError: If there are none, or two of a list have the same type.
    """
    pairs = losses.items() if isinstance(losses, Mapping) else [(_kind(loss).__name__.lower(), loss) for loss in losses]
    named = {name: loss for name, loss in pairs if loss is not None}
    if not named or (len(named) < len(losses) and not isinstance(losses, Mapping)):
        raise ValueError(
            'model.head.losses needs at least one loss, and names for two of one type: '
            "dict(near=dict(type='Triplet', margin=0.1), far=dict(type='Triplet', margin=0.5))"
        )
    return named


def _kind(loss: Mapping[str, Any]) -> type[Loss]:
    """Return the class of a config's ``type``.

    Raises:
        ValueError: If there is no such loss.
    """
    kind = loss['type'] if isinstance(loss['type'], type) else LOSSES.get(loss['type'])
    if kind is None:
        known = ', '.join(sorted(LOSSES.module_dict))
        raise ValueError(f'model.head.losses: there is no loss {loss["type"]!r}; registered are {known}')
    return kind


def _embedding(feats: tuple[Tensor, ...], loss: Loss) -> Tensor:
    """Return embeddings (B, D) for a loss, with length one unless it takes their length, in float32 at least."""
    embedding = feats[-1].to(torch.promote_types(feats[-1].dtype, torch.float32))
    return embedding if loss.takes_length else F.normalize(embedding)


def _targets(data_samples: list[DataSample]) -> Tensor:
    """Return shares (B, C) if the batch was mixed, else class indices (B,)."""
    if 'gt_score' in data_samples[0]:
        return torch.stack([sample.gt_score for sample in data_samples])
    return torch.cat([sample.gt_label for sample in data_samples])
