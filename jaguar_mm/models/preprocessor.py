"""From a batch of loaded images to the model's input, with labels checked on the way."""

from __future__ import annotations

from collections.abc import Sequence

from mmpretrain.models import ClsDataPreprocessor
from mmpretrain.structures import DataSample
from torch import Tensor

from jaguar_mm.registry import MODELS


@MODELS.register_module()
class ReIDDataPreprocessor(ClsDataPreprocessor):
    """mmpretrain's preprocessor, with labels used in training only.

    Validation and test images may be of individuals that are no class of the head, or of unknown ones, so their
    labels are left alone. Training labels are checked here, before they are moved to an accelerator.

    Args:
        num_classes: Classes of the head; None if they are not known, and nothing can be trained.
        **kwargs: Of mmpretrain's ``ClsDataPreprocessor``: ``mean``, ``std``, ``batch_augments`` and others.
    """

    def __init__(self, num_classes: int | None = None, **kwargs) -> None:
        super().__init__(num_classes=num_classes, **kwargs)

    def forward(self, data: dict, training: bool = False) -> dict:
        """Normalise, stack and (in training) mix a batch.

        Args:
            data: ``inputs``, images (3, H, W) in a list or (B, 3, H, W), and perhaps ``data_samples``.
            training: Whether to check labels and to run batch augmentations.

        Returns:
            ``inputs`` (B, 3, H, W) in float32 and ``data_samples``; after mixup or CutMix they hold ``gt_score`` (C,).

        Raises:
            ValueError: If images have not three channels, a training image has no label, or one that is no class of the
                head, or the number of classes is not known.
        """
        _check_channels(data['inputs'])
        samples = data.get('data_samples')
        if not training:
            return super().forward(dict(inputs=data['inputs'])) | dict(data_samples=samples)
        self._check_labels(samples)
        unmixed = [sample.new() for sample in samples]  # mixing writes into samples, and a step may be tried again
        return super().forward(data | dict(data_samples=unmixed), training=True)

    def _check_labels(self, samples: Sequence[DataSample]) -> None:
        if self.num_classes is None:
            raise ValueError(
                'model.head.num_classes is not known: ReIDRunner (jaguar-mm train) takes it from the training set; '
                'set it to train otherwise'
            )
        for sample in samples:
            label = int(sample.gt_label) if 'gt_label' in sample else None
            if label is None or not 0 <= label < self.num_classes:
                raise ValueError(
                    f'training image {sample.get("image_name", "without a name")} has the label {label}, but '
                    f'model.head.num_classes is {self.num_classes} (labels 0 to {self.num_classes - 1})'
                )


def _check_channels(images: Sequence[Tensor] | Tensor) -> None:
    """Refuse images that are no RGB, such as those that have kept their alpha channel."""
    channels = sorted({image.shape[0] for image in images} - {3})
    if channels:
        raise ValueError(
            f'images come out of the pipeline with {channels[0]} channels, and the model takes 3: red, green and blue'
            + ('; AlphaMask turns RGBA into RGB, put it into the pipeline' if channels == [4] else '')
        )
