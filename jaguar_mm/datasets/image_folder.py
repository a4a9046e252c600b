"""A folder of images without any table."""

from __future__ import annotations

from pathlib import Path

from jaguar_mm.datasets.identity_dataset import Contents, IdentityDataset
from jaguar_mm.datasets.listed import listed_images
from jaguar_mm.registry import DATASETS


@DATASETS.register_module()
class ImageFolder(IdentityDataset):
    """All images in a folder and the folders below it, sorted by name; nobody knows whom they show.

    What is listed and what is left out is said in :mod:`~jaguar_mm.images.folder`.

    The ``image_name`` of an image is its path below the folder.

    Args:
        folder: The folder.
        kwargs: See :class:`IdentityDataset`.
    """

    is_listed = True

    def __init__(self, folder: str, **kwargs) -> None:
        super().__init__('', data_prefix=str(folder), **kwargs)

    def read_contents(self) -> Contents:
        """List the images."""
        names, self.file_findings = listed_images(Path(self.img_prefix))
        records = [{'image_name': name, 'identity': None, 'class_name': None} for name in names]
        return Contents(records, [], {'all': names})
