"""The re-identification model: trained as a classifier of identities, tested by its embeddings."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from mmengine.model import Sequential
from mmpretrain.models.classifiers import ImageClassifier
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from jaguar_mm.models.heads import ReIDHead
from jaguar_mm.networks.widths import width_behind, with_width
from jaguar_mm.registry import MODELS


@MODELS.register_module()
class ReIDClassifier(ImageClassifier):
    """mmpretrain's image classifier whose predictions carry embeddings.

    The model knows its widths: necks and head are told what comes into them. The data preprocessor takes mean and
    standard deviation from the backbone's own weights unless the config gives them, and the number of classes from the
    head.

    Args:
        backbone: Config of the backbone.
        neck: Config of the neck, or a list of configs applied in order; its output is the embedding.
        head: Config of the head, such as a :class:`~jaguar_mm.models.heads.ReIDHead`.
        train_cfg: Batch augmentations, see mmpretrain's ``RandomBatchAugment``.
        data_preprocessor: Config of the data preprocessor, by default a
            :class:`~jaguar_mm.models.preprocessor.ReIDDataPreprocessor`.
        tta: Config of an :class:`~jaguar_mm.networks.tta.EmbeddingTTA`; None for none.
        init_cfg: Config of the initialisation.

    Raises:
        ValueError: If widths do not fit, or images are mixed and a loss compares them.

    Attributes:
        embedding_width: D, None if the parts do not tell it.
    """

    def __init__(
        self,
        backbone: dict,
        neck: dict | list[dict],
        head: dict,
        train_cfg: dict | None = None,
        data_preprocessor: dict | None = None,
        tta: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        built = MODELS.build(backbone)
        built_neck, width = _build_neck(neck, width_behind(built, None))
        built_head = _build(head, width, 'model.head')
        defaults = dict(type='ReIDDataPreprocessor', num_classes=head.get('num_classes'), batch_augments=train_cfg)
        preprocessor = defaults | dict(data_preprocessor or {})
        if 'mean' not in preprocessor and hasattr(built, 'input_mean'):
            preprocessor |= dict(mean=built.input_mean, std=built.input_std)
        super().__init__(
            built,
            neck=built_neck,
            head=built_head,
            data_preprocessor=MODELS.build(preprocessor),
            init_cfg=init_cfg,
        )
        self.embedding_width = width
        self.tta = MODELS.build(tta) if tta else None
        if self._batch_augments() and isinstance(built_head, ReIDHead):
            built_head.refuse_mixed_labels()

    def needs_whole_batches(self) -> list[str]:
        """Return what compares or mixes the images of a batch, in words; a batch in parts would be another training."""
        mixing = [f'{type(augment).__name__} mixes' for augment in self._batch_augments()]
        return mixing + [f'the loss {name!r} compares' for name in getattr(self.head, 'comparing_losses', ())]

    def _batch_augments(self) -> list:
        augments = getattr(getattr(self.data_preprocessor, 'batch_augments', None), 'augments', ())
        return [augment for augment in augments if augment is not None]  # None: now and then none

    def embed(self, inputs: Tensor) -> Tensor:
        """Return L2-normalised float32 embeddings (B, D) of preprocessed images (B, 3, H, W)."""
        return F.normalize(self.extract_feat(inputs)[-1].float())

    def predict(self, inputs: Tensor, data_samples: list[DataSample] | None = None) -> list[DataSample]:
        """Embed and classify a batch.

        Args:
            inputs: Preprocessed images (B, 3, H, W).
            data_samples: One for each image; made if None.

        Returns:
            The data samples with ``embedding`` (D,), ``tta_embedding`` (D,) and the name of
            its ``view`` if there is a ``tta``, and the head's
            ``pred_score`` (C,) and ``pred_label`` if it has class centres.
        """
        feats = self.extract_feat(inputs)
        data_samples = self.head.predict(feats, data_samples)
        embeddings = F.normalize(feats[-1].float())
        _attach(data_samples, 'embedding', embeddings)
        if self.tta:
            _attach(data_samples, 'tta_embedding', self.tta(self.embed, inputs, embeddings))
            for sample in data_samples:
                sample.set_field(self.tta.name, 'view')
        return data_samples


def _attach(data_samples: list[DataSample], name: str, values: Tensor) -> None:
    """Set one row of ``values`` (B, D) on each data sample."""
    for sample, value in zip(data_samples, values, strict=True):
        sample.set_field(value, name, dtype=torch.Tensor)


def _build_neck(neck: dict | list[dict], width: int | None) -> tuple[nn.Module, int | None]:
    """Return a neck, or several in order, for features of a width, and the width of the embedding."""
    if isinstance(neck, dict):
        built = _build(neck, width, 'model.neck')
        return built, width_behind(built, width)
    parts = []
    for place, part in enumerate(neck):
        parts.append(_build(part, width, f'model.neck.{place}'))
        width = width_behind(parts[-1], width)
    return Sequential(*parts), width


def _build(part: dict, width: int | None, name: str) -> nn.Module:
    kind = part['type'] if isinstance(part['type'], type) else MODELS.get(part['type'])
    return MODELS.build(with_width(part, kind, width, name) if kind else part)  # build says what is not registered
