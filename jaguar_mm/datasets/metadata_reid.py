"""Any species: the metadata table of the wildlife-datasets collection as a data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jaguar_mm.datasets.csv_gate import Row, TableError, read_rows
from jaguar_mm.datasets.identity_dataset import Contents, IdentityDataset
from jaguar_mm.datasets.names import check_labels, check_names
from jaguar_mm.registry import DATASETS

CLASS_SPLIT = 'train'


@DATASETS.register_module()
class MetadataReID(IdentityDataset):
    """Pictures of a table with the columns ``path``, ``identity``, a split, and others chosen by name.

    The ``image_name`` of a picture is its path in the table.

    Args:
        ann_file: The table; its paths are relative to ``data_prefix``.
        splits: Values of the split column to take.
        split_column: Name of the split column.
        class_columns: Columns that together make a training class, joined by ``/``; ``('identity', 'side')`` makes
            each flank its own class.
        flank_column: Column that becomes ``flank``; a picture with an empty value has none.
        encounter_column: Column that becomes ``encounter``, likewise.
        group_column: Column that becomes ``group``, likewise: pictures that no split may part, see
            :class:`~jaguar_mm.engine.hooks.LeakCheckHook`; ``tools/find_duplicates.py`` adds one to a table.
        roles: Split value to ``'query'`` or ``'gallery'``, which becomes ``role``.
        kwargs: See :class:`IdentityDataset`. ``classes`` default to the sorted classes of the rows of split ``train``,
            whatever ``splits`` are taken.
    """

    def __init__(
        self,
        ann_file: str = 'metadata.csv',
        *,
        splits: Sequence[str] = ('train',),
        split_column: str = 'split',
        class_columns: Sequence[str] = ('identity',),
        flank_column: str | None = None,
        encounter_column: str | None = None,
        group_column: str | None = None,
        roles: Mapping[str, str] | None = None,
        **kwargs,
    ) -> None:
        self.splits = tuple(splits)
        self.split_column = split_column
        self.class_columns = tuple(class_columns)
        self.optional_columns = {'flank': flank_column, 'encounter': encounter_column, 'group': group_column}
        self.roles = dict(roles or {})
        super().__init__(ann_file, **kwargs)

    def read_contents(self) -> Contents:
        """Read the table and take the rows of the wanted splits.

        Raises:
            TableError: If a column or a split does not occur in the table.
        """
        rows = self._read_rows()
        known = {row.values[self.split_column] for row in rows}
        for split in self.splits:
            if split not in known:
                raise TableError(f'{self.ann_file}: no row has {self.split_column} {split!r}, only {sorted(known)}')
        classes = {self._class_name(row) for row in rows if row.values[self.split_column] == CLASS_SPLIT}
        chosen = [row for row in rows if row.values[self.split_column] in self.splits]
        split_names: dict[str, list[str]] = {split: [] for split in self.splits}
        for row in chosen:
            split_names[row.values[self.split_column]].append(row.values['path'])
        return Contents([self._record(row) for row in chosen], sorted(classes), split_names)

    def _read_rows(self) -> list[Row]:
        labels = ('identity', self.split_column, *self.class_columns)
        optional = {key: column for key, column in self.optional_columns.items() if column}
        rows = read_rows(self.ann_file, ('path', *labels), unique=('path',), optional=list(optional.values()))
        for key, column in optional.items():
            if column not in rows[0].values:
                raise TableError(f'{self.ann_file}: column {column!r} of {key}_column is missing')
        check_names(self.ann_file, rows, 'path')
        check_labels(self.ann_file, rows, *labels, *optional.values())
        return rows

    def _class_name(self, row: Row) -> str:
        return '/'.join(row.values[column] for column in self.class_columns)

    def _record(self, row: Row) -> dict:
        """Return one picture's record; a key whose value is unknown is left out."""
        values = row.values
        record = {'image_name': values['path'], 'identity': values['identity'], 'class_name': self._class_name(row)}
        optional = {key: values[column] for key, column in self.optional_columns.items() if column}
        optional['role'] = self.roles.get(values[self.split_column])
        return record | {key: value for key, value in optional.items() if value}
