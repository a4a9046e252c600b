"""Embeddings with everything that is known of their images: what encoders give and retrieval takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from jaguar_mm.storage.fingerprint import EncoderFingerprint, check_same_encoder

Value = str | int | float | bool | None  # of a column; None where nothing is known
SHOWN = 10  # images that a message names


@dataclass(frozen=True, eq=False)
class EmbeddingSet:
    """Images and their embeddings, in a fixed order.

    Attributes:
        names: Names of the images (N,), each once.
        vectors: The embeddings, float32 (N, D).
        columns: Name of a column to its values (N,): identity, flank, encounter, group, role, path, time, or whatever
            else is known of the images; None where a value is not.
        views: Name of a view to further embeddings, float32 (N, D): ``'flip'`` has those averaged with the mirrored
            image's.
        encoder: What made the embeddings; None if that is not known.
    """

    names: Sequence[str]
    vectors: np.ndarray
    columns: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    views: Mapping[str, np.ndarray] = field(default_factory=dict)
    encoder: EncoderFingerprint | None = None

    def __post_init__(self) -> None:
        if len(set(self.names)) != len(self.names):
            twice = next(name for place, name in enumerate(self.names) if name in self.names[:place])
            raise ValueError(f'the image {twice!r} comes twice; names must be unique')
        for what, rows in self._matrices():
            if rows.ndim != 2 or len(rows) != len(self.names):
                raise ValueError(f'{len(self.names)} names do not fit {what} of shape {rows.shape}')
            check_vectors(self.names, rows)
        for name, values in self.columns.items():
            if len(values) != len(self.names):
                raise ValueError(f'column {name!r} has {len(values)} values for {len(self.names)} images')

    def __len__(self) -> int:
        return len(self.names)

    @property
    def width(self) -> int:
        """Numbers an embedding has."""
        return self.vectors.shape[1]

    def __repr__(self) -> str:
        """Return one line on what is known of the images."""
        columns, views = (', '.join(names) or 'none' for names in (self.columns, self.views))
        return (
            f'EmbeddingSet({len(self)} images; width {self.width}; columns {columns}; views {views}; '
            f'{self.encoder or "encoder unknown"})'
        )

    def column(self, name: str) -> np.ndarray:
        """Return the values of a column as an array of objects (N,).

        Raises:
            ValueError: If there is no such column.
        """
        if name not in self.columns:
            known = ', '.join(self.columns) or 'none'
            raise ValueError(
                f'there is no column {name!r} (only: {known}); it comes from a table that has it'
                + (', or from --animal-folders' if name == 'identity' else '')
            )
        return objects(self.columns[name])

    def view(self, name: str) -> np.ndarray:
        """Return the embeddings of a view (N, D).

        Raises:
            ValueError: If there is no such view.
        """
        if name not in self.views:
            known = ', '.join(self.views) or 'none'
            raise ValueError(f'there are no embeddings of the view {name!r} (known: {known}); embed with this view')
        return self.views[name]

    def select(self, rows: Sequence[int] | Sequence[bool] | np.ndarray) -> EmbeddingSet:
        """Return some of the images, ``embeddings.select(embeddings.column('flank') == 'left')`` for instance.

        Args:
            rows: Their indices in the order wanted, or for each image whether it is wanted (N,).
        """
        chosen = np.asarray(rows)
        places = np.flatnonzero(chosen) if chosen.dtype == bool else chosen.astype(int)
        return replace(
            self,
            names=[self.names[place] for place in places],
            vectors=self.vectors[places],
            columns={name: [values[place] for place in places] for name, values in self.columns.items()},
            views={name: rows[places] for name, rows in self.views.items()},
        )

    def with_columns(self, **columns: Sequence[Value]) -> EmbeddingSet:
        """Return the same embeddings with further columns (N,), or with others of the same names."""
        return replace(self, columns={**self.columns, **columns})

    def _matrices(self) -> list[tuple[str, np.ndarray]]:
        return [
            ('embeddings', self.vectors),
            *((f'embeddings of the view {name!r}', v) for name, v in self.views.items()),
        ]


def join(sets: Sequence[EmbeddingSet]) -> EmbeddingSet:
    """Return the images of several sets as one; a column that a set lacks is unknown there.

    Raises:
        ValueError: If the sets come from different encoders, have other views or widths, or share an image.
    """
    first = sets[0]
    check_same_encoder({f'set {place}': each.encoder for place, each in enumerate(sets)})
    for place, each in enumerate(sets[1:], 1):
        if each.width != first.width or each.views.keys() != first.views.keys():
            raise ValueError(
                f'set {place} has embeddings of width {each.width} and the views {sorted(each.views)}, set 0 of width '
                f'{first.width} and {sorted(first.views)}; join sets that were embedded in the same way'
            )
    known = list(dict.fromkeys(name for each in sets for name in each.columns))
    precisions = sorted({each.encoder.precision for each in sets if each.encoder})
    return EmbeddingSet(
        names=[name for each in sets for name in each.names],
        vectors=np.concatenate([each.vectors for each in sets]),
        columns={
            name: [value for each in sets for value in each.columns.get(name, [None] * len(each))] for name in known
        },
        views={name: np.concatenate([each.views[name] for each in sets]) for name in first.views},
        encoder=first.encoder and replace(first.encoder, precision=' and '.join(precisions)),
    )


def objects(values: Sequence[Value]) -> np.ndarray:
    """Return values as an array of objects (N,), whatever NumPy would make of them."""
    column = np.empty(len(values), object)
    column[:] = values
    return column


def check_vectors(names: Sequence[str], vectors: np.ndarray) -> None:
    """Refuse embeddings (N, D) without a direction, by the names of their images (N,).

    Raises:
        ValueError: If a row has NaN, Inf or only zeros.
    """
    bad = np.flatnonzero(~np.isfinite(vectors).all(1) | ~vectors.any(1))
    if len(bad):
        listed = ', '.join(names[row] for row in bad[:SHOWN])
        raise ValueError(
            f'the embeddings of {len(bad)} image(s) have NaN, Inf or only zeros: {listed}; look at these images, and '
            f'at the checkpoint if there are many'
        )
