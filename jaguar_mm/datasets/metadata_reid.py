"""Any species: a table of images whose columns are chosen by name, such as wildlife-datasets' metadata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jaguar_mm.configs import listed
from jaguar_mm.datasets.identity_dataset import Contents
from jaguar_mm.datasets.names import check_labels, check_names
from jaguar_mm.datasets.split_dataset import SplitDataset
from jaguar_mm.registry import DATASETS
from jaguar_mm.storage.csv_gate import Row, TableError, read_rows
from jaguar_mm.storage.unknown import known_columns

CLASS_SPLIT = 'train'


@DATASETS.register_module()
class MetadataReID(SplitDataset):
    """Images of a table with a column of paths, one of identities, and others chosen by name.

    The defaults are those of the wildlife-datasets collection. The ``image_name`` of an image is its path in the
    table. An image whose identity is empty is of unknown identity and of no class.

    The table's own split is taken by ``splits``. ``subset`` cuts what they leave once more, to validate on a part of
    ``train``, say; without a split column it cuts the whole table.

    Args:
        ann_file: The table; its paths are relative to ``data_prefix``.
        splits: Value or values of the split column to take.
        apart_from: Values of the split column whose groups are left out of ``splits``: to train on a published split,
            but not on near-duplicates of its test images.
        split_column: Name of the split column; None: there is none, and all rows are taken.
        path_column: Name of the column of paths.
        identity_column: Name of the column of identities.
        class_columns: Columns that together make a training class, joined by ``/``; ``('identity', 'side')`` makes
            each flank its own class. By default the identity alone.
        flank_column: Column that becomes ``flank``; an image with an empty value has none.
        encounter_column: Column that becomes ``encounter``, likewise.
        group_column: Column that becomes ``group``, likewise: images that no split may part, see
            :class:`~jaguar_mm.engine.hooks.LeakCheckHook`; ``jaguar-mm find-duplicates`` adds one to a table.
        roles: Split value to ``'query'`` or ``'gallery'``, which becomes ``role``.
        kwargs: See :class:`SplitDataset`. ``classes`` default to the sorted classes of the rows of split ``train``,
            whatever ``splits`` are taken, or of all rows if there is no such split or no split column.

    Raises:
        ValueError: If ``apart_from`` is given without a column of groups or of splits.
    """

    def __init__(
        self,
        ann_file: str = 'metadata.csv',
        *,
        splits: str | Sequence[str] = ('train',),
        apart_from: str | Sequence[str] = (),
        split_column: str | None = 'split',
        path_column: str = 'path',
        identity_column: str = 'identity',
        class_columns: str | Sequence[str] | None = None,
        flank_column: str | None = None,
        encounter_column: str | None = None,
        group_column: str | None = None,
        roles: Mapping[str, str] | None = None,
        **kwargs,
    ) -> None:
        if apart_from and not (group_column and split_column):
            raise ValueError(f'apart_from={list(apart_from)} needs group_column and split_column')
        self.splits = listed(splits)
        self.apart_from = listed(apart_from)
        self.split_column = split_column
        self.path_column = path_column
        self.identity_column = identity_column
        self.class_columns = listed(class_columns or identity_column)
        self.optional_columns = {'flank': flank_column, 'encounter': encounter_column, 'group': group_column}
        self.roles = dict(roles or {})
        super().__init__(ann_file, **kwargs)

    def read_whole(self) -> Contents:
        """Read the table and take the rows of the wanted splits.

        Raises:
            TableError: If a column or a split does not occur in the table.
        """
        rows = self._read_rows()
        if self.split_column is None:
            classes = {self._class_name(row) for row in rows} - {None}
            return Contents([self._record(row) for row in rows], sorted(classes), {'all': self._paths(rows)})
        labelled = [row for row in rows if row.values[self.split_column] == CLASS_SPLIT] or rows
        classes = {self._class_name(row) for row in labelled} - {None}
        tabu = {self._group(row) for split in self.apart_from for row in self._rows_of(rows, split)} - {''}
        rows = [row for row in rows if self._group(row) not in tabu]
        parts = {split: self._rows_of(rows, split) for split in self.splits}
        chosen = [row for row in rows if row.values[self.split_column] in parts]
        names = {split: self._paths(found) for split, found in parts.items()}
        return Contents([self._record(row) for row in chosen], sorted(classes), names)

    def _rows_of(self, rows: Sequence[Row], split: str) -> list[Row]:
        found = [row for row in rows if row.values[self.split_column] == split]
        if not found:
            known = sorted({row.values[self.split_column] for row in rows})
            raise TableError(f'{self.ann_file}: no row has {self.split_column} {split!r}, only {known}; set splits')
        return found

    def _group(self, row: Row) -> str:
        """Return an image's group, empty if it has none."""
        column = self.optional_columns['group']
        return row.values[column] if column else ''

    def _read_rows(self) -> list[Row]:
        identity = self.identity_column
        labels = [column for column in (self.split_column, *self.class_columns) if column not in (None, identity)]
        optional = {'identity': identity, **{key: column for key, column in self.optional_columns.items() if column}}
        path = self.path_column
        rows = read_rows(self.ann_file, (path, *labels), unique=(path,), optional=list(optional.values()))
        for key, column in optional.items():
            if column not in rows[0].values:
                raise TableError(
                    f'{self.ann_file}: column {column!r} of {key}_column is missing; '
                    f'the header reads {",".join(rows[0].values)[:200]!r}'
                )
        check_names(self.ann_file, rows, path)
        rows = self._blank_unknown(rows, list(optional.values()))
        check_labels(self.ann_file, rows, *labels, *optional.values())
        return rows

    def _blank_unknown(self, rows: list[Row], columns: list[str]) -> list[Row]:
        """Return the rows with an empty text wherever a value stands for nobody."""
        values = {column: [row.values[column] for row in rows] for column in columns}
        known = known_columns(self.ann_file, values, self.unknown)
        cells = zip(*known.values(), strict=True)
        return [
            row._replace(values=row.values | {column: value or '' for column, value in zip(known, found, strict=True)})
            for row, found in zip(rows, cells, strict=True)
        ]

    def _paths(self, rows: Sequence[Row]) -> list[str]:
        return [row.values[self.path_column] for row in rows]

    def _identity(self, row: Row) -> str | None:
        return row.values[self.identity_column] or None

    def _class_name(self, row: Row) -> str | None:
        """Return an image's class, None if its identity or another part of it is unknown."""
        parts = [row.values[column] for column in self.class_columns]
        return '/'.join(parts) if self._identity(row) and all(parts) else None

    def _record(self, row: Row) -> dict:
        """Return one image's record; a key whose value is unknown is left out."""
        values = row.values
        record = {
            'image_name': values[self.path_column],
            'identity': self._identity(row),
            'class_name': self._class_name(row),
        }
        optional = {key: values[column] for key, column in self.optional_columns.items() if column}
        optional['role'] = self.roles.get(values[self.split_column]) if self.split_column else None
        return record | {key: value for key, value in optional.items() if value}
