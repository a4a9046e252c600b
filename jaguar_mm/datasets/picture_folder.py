"""A folder of pictures without any table."""

from __future__ import annotations

import os
from pathlib import Path

from jaguar_mm.datasets.identity_dataset import Contents, IdentityDataset
from jaguar_mm.registry import DATASETS

ENDINGS = ('.png', '.jpg', '.jpeg', '.webp', '.tif', '.tiff', '.bmp', '.gif')


@DATASETS.register_module()
class PictureFolder(IdentityDataset):
    """All pictures in a folder and the folders below it, sorted by name; nobody knows whom they show.

    The ``image_name`` of a picture is its path below the folder.

    Args:
        folder: The folder.
        kwargs: See :class:`IdentityDataset`.
    """

    def __init__(self, folder: str, **kwargs) -> None:
        super().__init__('', data_prefix=str(folder), **kwargs)

    def read_contents(self) -> Contents:
        """List the pictures."""
        names = picture_names(self.img_prefix)
        records = [{'image_name': name, 'identity': None, 'class_name': None} for name in names]
        return Contents(records, [], {'all': names})


def picture_names(folder: str | os.PathLike) -> list[str]:
    """Return the paths below a folder of everything that is named like a picture, sorted.

    Raises:
        FileNotFoundError: If there are none.
    """
    folder = Path(folder)
    files = (path for path in folder.rglob('*') if path.suffix.lower() in ENDINGS and path.is_file())
    names = sorted(path.relative_to(folder).as_posix() for path in files)
    if not names:
        raise FileNotFoundError(f'{folder}: no pictures there (looked for {", ".join(ENDINGS)})')
    return names
