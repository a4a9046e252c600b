"""The test images, cut into the two sides of a retrieval: queries and gallery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from torch import Tensor

from jaguar_mm.images.embedded import PATH
from jaguar_mm.retrieval.columns import is_unknown
from jaguar_mm.storage import EmbeddingSet
from jaguar_mm.storage.embedding_set import objects

Columns = Mapping[str, Sequence]  # name to values (N,); None where one is not known


class Sides(NamedTuple):
    """One test run's images with their embeddings.

    Attributes:
        query: The queries (M).
        gallery: The gallery (N), or None when the queries are searched for among themselves.
    """

    query: EmbeddingSet
    gallery: EmbeddingSet | None

    @property
    def others(self) -> EmbeddingSet:
        """What is searched (N)."""
        return self.query if self.gallery is None else self.gallery

    @property
    def labelled(self) -> bool:
        """Whether the identity of a query is known, so that there are scores."""
        return bool(known(self.query.columns).any())

    @property
    def identities(self) -> tuple[np.ndarray, np.ndarray | None]:
        """Identity of each query (M,), and of each gallery image (N,) if there is a gallery."""
        return self.query.column('identity'), None if self.gallery is None else self.gallery.column('identity')


def gather(records: Sequence[dict], columns: Sequence[str]) -> Sides:
    """Cut the images of a run into query and gallery.

    Args:
        records: One dict an image: ``image_name``, ``img_path``, ``embedding`` (D,), ``views`` (name to embeddings
            (D,)), ``role`` and the ``columns``.
        columns: Names of the columns to keep.

    Raises:
        ValueError: See :func:`by_role`; also if an embedding is unusable.
    """
    queries, gallery = by_role(records)
    return Sides(_embedded(queries, columns), None if gallery is None else _embedded(gallery, columns))


def by_role(records: Sequence[dict]) -> tuple[Sequence[dict], Sequence[dict] | None]:
    """Return the records of the queries and those of the gallery.

    Images whose ``role`` is None form one set that is searched for itself, each left out of its own list; there is no
    gallery then.

    Args:
        records: One dict an image, with ``image_name`` and, perhaps, ``role``.

    Raises:
        ValueError: If an image comes twice, only some have a role, or one role is missing.
    """
    _refuse_repeats(records)
    queries, gallery = _rows_by_role([record.get('role') for record in records])
    return [records[row] for row in queries], None if gallery is None else [records[row] for row in gallery]


def sides_by_role(images: EmbeddingSet) -> Sides:
    """Return queries and gallery of embeddings by their column ``role``, as :func:`by_role` does with records.

    Raises:
        ValueError: If only some have a role, or one role is missing.
    """
    queries, gallery = _rows_by_role(images.columns.get('role', [None] * len(images)))
    return Sides(images.select(queries), None if gallery is None else images.select(gallery))


def columns_of(records: Sequence[dict], columns: Sequence[str]) -> Columns:
    """Return some columns of records."""
    return {name: objects([record.get(name) for record in records]) for name in columns}


def known(columns: Columns) -> np.ndarray:
    """Return which images are of known identity, boolean (N,)."""
    return np.array([not is_unknown(identity) for identity in columns['identity']], bool)


def _rows_by_role(roles: Sequence[str | None]) -> tuple[np.ndarray, np.ndarray | None]:
    """Return where the queries are (M,) and the gallery (N,); None: there is none."""
    found = objects([None if is_unknown(role) else role for role in roles])
    if not found.astype(bool).any():
        return np.arange(len(found)), None
    if {*found} != {'query', 'gallery'}:
        named = ', '.join(sorted({repr(role) for role in found}))
        raise ValueError(f"images must all be 'query' or 'gallery', or have no role; got {named}")
    return np.flatnonzero(found == 'query'), np.flatnonzero(found == 'gallery')


def _refuse_repeats(records: Sequence[dict]) -> None:
    seen = set()
    for record in records:
        if record['image_name'] in seen:
            raise ValueError(f'image {record["image_name"]!r} was evaluated twice; names must be unique')
        seen.add(record['image_name'])


def _embedded(records: Sequence[dict], columns: Sequence[str]) -> EmbeddingSet:
    views = set.intersection(*(set(record['views']) for record in records))
    return EmbeddingSet(
        names=[record['image_name'] for record in records],
        vectors=_stacked([record['embedding'] for record in records]),
        columns={**columns_of(records, columns), PATH: [record['img_path'] for record in records]},
        views={view: _stacked([record['views'][view] for record in records]) for view in sorted(views)},
    )


def _stacked(embeddings: Sequence[Tensor]) -> np.ndarray:
    return np.stack([embedding.numpy() for embedding in embeddings])
