"""A folder with one folder of pictures for each individual."""

from __future__ import annotations

from pathlib import Path

from jaguar_mm.datasets.csv_gate import Row, TableError, find_flaw
from jaguar_mm.datasets.identity_dataset import Contents
from jaguar_mm.datasets.names import check_labels
from jaguar_mm.datasets.split_dataset import SplitDataset
from jaguar_mm.datasets.unknown import known_columns
from jaguar_mm.images.folder import picture_names
from jaguar_mm.registry import DATASETS


@DATASETS.register_module()
class IdentityFolder(SplitDataset):
    """All pictures ``folder/identity/*``, sorted by name; those in deeper folders belong to the same identity.

    The ``image_name`` of a picture is its path below the folder.

    Args:
        folder: The folder, below ``data_root`` unless absolute.
        kwargs: See :class:`SplitDataset`. ``classes`` default to all identities, sorted, so that both subsets agree.
    """

    def __init__(self, folder: str = '', **kwargs) -> None:
        super().__init__('', data_prefix=str(folder), **kwargs)

    def read_whole(self) -> Contents:
        """List the pictures.

        Raises:
            FileNotFoundError: If there are none.
            TableError: If one is in no identity's folder, or two identities look alike.
        """
        folder = Path(self.img_prefix)
        names = picture_names(folder)
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
        classes = sorted(set(identities) - {None})
        return Contents(records, classes, {'all': names})


def _check_identities(folder: Path, identities: list[str]) -> None:
    for identity in identities:
        if flaw := find_flaw(identity):
            raise TableError(f'{folder}: the folder {identity!r} has {flaw} in its name; rename it')
    rows = [Row(number, {'identity': identity}) for number, identity in enumerate(identities, 1)]
    check_labels(folder, rows, 'identity', unit='folder')
