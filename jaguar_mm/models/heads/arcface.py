"""The ArcFace head: class centres on a sphere, an angular margin in training, plain cosines in testing."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from mmpretrain.models.heads import ClsHead
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from jaguar_mm.models.heads.margins import margin_cross_entropy
from jaguar_mm.registry import MODELS


@MODELS.register_module()
class ArcFaceHead(ClsHead):
    """Additive angular margin (Deng et al., CVPR 2019), computed in float32 whatever autocast says.

    Mixed labels and label smoothing are exact, see :func:`~jaguar_mm.models.heads.margins.margin_cross_entropy`.

    Args:
        num_classes: Number of training identities.
        in_channels: Width of the embedding.
        scale: Factor on the cosines.
        margin: Angle in radians; mmpretrain's ``WarmupParamHook(param_name='margin', module_name='head', ...)`` lets it
            grow in the first epochs.
        label_smoothing: Share of each target spread over all classes.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        scale: float = 30.0,
        margin: float = 0.3,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.scale = scale
        self.margin = margin
        self.label_smoothing = label_smoothing
        self.weight = nn.Parameter(torch.empty(num_classes, in_channels))  # class centres (C, D)
        nn.init.xavier_uniform_(self.weight)

    def cosine(self, embedding: Tensor) -> Tensor:
        """Return the cosine of each embedding (B, D) with each class centre, float32 (B, C)."""
        with torch.autocast(embedding.device.type, enabled=False):
            dtype = torch.promote_types(embedding.dtype, torch.float32)
            centres = F.normalize(self.weight.to(dtype))
            return F.normalize(embedding.to(dtype)) @ centres.T

    def forward(self, feats: tuple[Tensor, ...]) -> Tensor:
        """Return the logits without margin (B, C) of embeddings (B, D)."""
        return self.scale * self.cosine(self.pre_logits(feats))

    def loss(self, feats: tuple[Tensor, ...], data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Return the training loss.

        Args:
            feats: Embeddings (B, D) in a tuple.
            data_samples: With ``gt_label``, or ``gt_score`` (C,) after mixup or CutMix; labels are checked by
                :class:`~jaguar_mm.models.preprocessor.ReIDDataPreprocessor`.

        Returns:
            The mean over the batch as ``loss``.
        """
        cosine = self.cosine(self.pre_logits(feats))
        targets = self._targets(data_samples)
        return dict(loss=margin_cross_entropy(cosine, targets, self.scale, self.margin, self.label_smoothing))

    def _targets(self, data_samples: list[DataSample]) -> Tensor:
        """Return shares (B, C) if the batch was mixed, else class indices (B,)."""
        if 'gt_score' in data_samples[0]:
            return torch.stack([sample.gt_score for sample in data_samples])
        return torch.cat([sample.gt_label for sample in data_samples])
