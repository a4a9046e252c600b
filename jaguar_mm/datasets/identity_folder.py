"""A folder with one folder of images for each individual."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from jaguar_mm.datasets.identity_dataset import Contents
from jaguar_mm.datasets.listed import listed_images
from jaguar_mm.datasets.names import check_labels
from jaguar_mm.datasets.split_dataset import SplitDataset
from jaguar_mm.registry import DATASETS
from jaguar_mm.storage.csv_gate import Row, TableError, find_flaw
from jaguar_mm.storage.unknown import known_columns


@DATASETS.register_module()
class IdentityFolder(SplitDataset):
    """All images ``folder/identity/*``, sorted by name; those in deeper folders belong to the same identity.

    The ``image_name`` of an image is its path below the folder. What is listed and what is left out is said in
    :mod:`~jaguar_mm.images.folder`; the folder of an identity may be a link to wherever its images are.

    Args:
        folder: The folder, below ``data_root`` unless absolute.
        kwargs: See :class:`SplitDataset`. ``classes`` default to all identities, sorted, so that both subsets agree.
    """

    is_listed = True

    def __init__(self, folder: str = '', **kwargs) -> None:
        super().__init__('', data_prefix=str(folder), **kwargs)

    def read_whole(self) -> Contents:
        """List the images.

        Raises:
            FileNotFoundError: If there are none.
            TableError: If one is in no identity's folder, two identities look alike, or share a file.
        """
        folder = Path(self.img_prefix)
        names, self.file_findings = listed_images(folder)
        for name in names:
            if '/' not in name:
                raise TableError(
                    f'{folder}: {name!r} is in no folder of an identity; move it into one, or take the '
                    f'folder that holds one folder for each identity'
                )
        folders = [name.partition('/')[0] for name in names]
        _check_identities(folder, sorted(set(folders)))
        identities = known_columns(folder, {'folder': folders}, self.unknown, 'images')['folder']
        records = [
            {'image_name': name, 'identity': identity, 'class_name': identity}
            for name, identity in zip(names, identities, strict=True)
        ]
        _check_files(folder, names)
        classes = sorted(set(identities) - {None})
        return Contents(records, classes, {'all': names})


def _check_identities(folder: Path, identities: list[str]) -> None:
    for identity in identities:
        if flaw := find_flaw(identity):
            raise TableError(f'{folder}: the folder {identity!r} has {flaw} in its name; rename it')
    rows = [Row(number, {'identity': identity}) for number, identity in enumerate(identities, 1)]
    check_labels(folder, rows, 'identity', unit='folder')


def _check_files(folder: Path, names: list[str]) -> None:
    """Refuse a file to which links lead from the folders of two identities."""
    real_folder = cache(os.path.realpath)
    first: dict[str, str] = {}
    for name in names:
        path = folder / name
        file = os.path.realpath(path) if path.is_symlink() else os.path.join(real_folder(path.parent), path.name)
        other = first.setdefault(file, name)
        if other.partition('/')[0] != name.partition('/')[0]:
            raise TableError(
                f'{folder}: {other!r} and {name!r} are one file, of two identities; remove one of the links'
            )
