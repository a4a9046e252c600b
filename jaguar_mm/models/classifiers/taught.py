"""A re-identification model that learns from a teacher as well."""

from __future__ import annotations

import os

import torch
from mmpretrain.structures import DataSample
from torch import Tensor

from jaguar_mm.models.classifiers.reid import ReIDClassifier
from jaguar_mm.models.heads import ReIDHead
from jaguar_mm.models.teacher import Teacher
from jaguar_mm.registry import MODELS


@MODELS.register_module()
class TaughtClassifier(ReIDClassifier):
    """A :class:`ReIDClassifier`, some of whose losses compare its embeddings with a teacher's of the very same batch.

    Teacher and student see the same augmented (and mixed) images, each normalised in its own way.

    Args:
        teacher: A published model, see :class:`~jaguar_mm.models.teacher.Teacher`.
        **kwargs: See :class:`ReIDClassifier`; of ``head.losses`` one at least learns from a teacher.

    Raises:
        ValueError: If none does.
    """

    def __init__(self, *, teacher: str | os.PathLike, **kwargs) -> None:
        super().__init__(**kwargs)
        if not (isinstance(self.head, ReIDHead) and self.head.taught_losses):
            raise ValueError(
                'model.teacher teaches nothing: none of model.head.losses learns from it, such as '
                "similarity=dict(type='SimilarityPreserving', weight=100.0)"
            )
        self.teacher = Teacher(teacher)

    def loss(self, inputs: Tensor, data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Return the training losses of preprocessed images (B, 3, H, W), see :class:`ReIDHead`.

        Raises:
            ValueError: If the teacher's file is no published model.
        """
        embeddings = self.teacher(inputs * self.data_preprocessor.std + self.data_preprocessor.mean)
        for sample, embedding in zip(data_samples, embeddings, strict=True):
            sample.set_field(embedding, 'teacher_embedding', dtype=torch.Tensor)
        return super().loss(inputs, data_samples)
