"""Every image twice: as it is, and mirrored as an image of another animal."""

from __future__ import annotations

from collections.abc import Sequence

from jaguar_mm.datasets.joined import DerivedDataset
from jaguar_mm.datasets.protocol import ReIDData
from jaguar_mm.datasets.samplers import Draw
from jaguar_mm.registry import DATASETS

MIRRORED = ' mirrored'  # what the name of a mirrored animal ends in


@DATASETS.register_module()
class MirroredDataset(DerivedDataset):
    """All images of a data set as they are, and after them all of them mirrored, with classes of their own.

    The coat of a flank has no mirror image on any animal, so the mirrored images of an identity make a new one: twice
    as many classes, from the same images. What is mirrored is the image that the pipeline gives, whose last step is
    therefore ``PackInputs``. The pipeline itself must not flip images at random, which would mix the two.

    Args:
        dataset: The data set, or a config to build it from; its classes must be known.
    """

    def __init__(self, dataset: dict | ReIDData) -> None:
        super().__init__([dataset])
        own = self.members[0].metainfo.get('classes', ())
        self.number_classes([*own, *(name + MIRRORED for name in own)])

    def number_classes(self, classes: Sequence[str]) -> None:
        """Let ``gt_label`` count these classes, those of mirrored images among them."""
        super().number_classes(classes)
        labels = {name: label for label, name in enumerate(classes)}
        self.mirrored_labels = [labels.get(name + MIRRORED) for name in classes]

    def __len__(self) -> int:
        return 2 * self.sizes[0]

    def _locate(self, index: int) -> tuple[ReIDData, int]:
        return self.members[0], index % self.sizes[0]

    def _is_mirrored(self, index: int) -> bool:
        return range(len(self))[index] >= self.sizes[0]

    def __getitem__(self, index: int | Draw) -> dict:
        """Return one sample; a mirrored image has ``inputs`` (3, H, W) mirrored, and the label of its own class."""
        sample = super().__getitem__(index)
        if isinstance(index, Draw) or not self._is_mirrored(index):  # a draw has come here with its index before
            return sample
        packed = sample['data_samples']
        if 'gt_label' in packed:
            packed.set_gt_label(self.mirrored_labels[int(packed.gt_label)])
        if packed.get('identity') is not None:
            packed.set_field(packed.identity + MIRRORED, 'identity', field_type='metainfo')
        return sample | {'inputs': sample['inputs'].flip(-1)}

    def get_data_info(self, idx: int) -> dict:
        """Return what is known of one image; the mirrored one has another identity and label, and the same name."""
        record = super().get_data_info(idx)
        if not self._is_mirrored(idx):
            return record
        label, identity = record.get('gt_label'), record.get('identity')
        changed = {} if label is None else {'gt_label': self.mirrored_labels[label]}
        return record | changed | ({} if identity is None else {'identity': identity + MIRRORED})
