"""The re-identification model: trained as a classifier of identities, tested by its embeddings."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from mmpretrain.models.classifiers import ImageClassifier
from mmpretrain.structures import DataSample
from torch import Tensor

from jaguar_mm.registry import MODELS


@MODELS.register_module()
class ReIDClassifier(ImageClassifier):
    """mmpretrain's image classifier whose predictions carry embeddings.

    The data preprocessor takes mean and standard deviation from the backbone's own weights unless the config gives
    them, and the number of classes from the head.

    Args:
        backbone: Config of the backbone.
        neck: Config of the neck, or a list of configs applied in order; its output is the embedding.
        head: Config of the head.
        train_cfg: Batch augmentations, see mmpretrain's ``RandomBatchAugment``.
        data_preprocessor: Config of the data preprocessor, by default a
            :class:`~jaguar_mm.models.preprocessor.ReIDDataPreprocessor`.
        tta: Config of an :class:`~jaguar_mm.networks.tta.EmbeddingTTA`; None for none.
        init_cfg: Config of the initialisation.
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
        defaults = dict(type='ReIDDataPreprocessor', num_classes=head['num_classes'], batch_augments=train_cfg)
        preprocessor = defaults | dict(data_preprocessor or {})
        if 'mean' not in preprocessor and hasattr(built, 'input_mean'):
            preprocessor |= dict(mean=built.input_mean, std=built.input_std)
        super().__init__(
            built,
            neck=MODELS.build(neck),
            head=MODELS.build(head),
            data_preprocessor=MODELS.build(preprocessor),
            init_cfg=init_cfg,
        )
        self.tta = MODELS.build(tta) if tta else None

    def embed(self, inputs: Tensor) -> Tensor:
        """Return L2-normalised float32 embeddings (B, D) of preprocessed pictures (B, 3, H, W)."""
        return F.normalize(self.extract_feat(inputs)[-1].float())

    def predict(self, inputs: Tensor, data_samples: list[DataSample] | None = None) -> list[DataSample]:
        """Embed and classify a batch.

        Args:
            inputs: Preprocessed pictures (B, 3, H, W).
            data_samples: One for each picture; made if None.

        Returns:
            The data samples with ``embedding`` (D,), ``tta_embedding`` (D,) and the name of
            its ``view`` if there is a ``tta``, and the head's
            ``pred_score`` (C,) and ``pred_label``.
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
