"""The test pictures as one table: names, identities, roles and embeddings, gathered once and cut into two sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from jaguar_mm.embedding_table import check_embeddings
from jaguar_mm.evaluation.stages import EmbeddingState
from jaguar_mm.retrieval.columns import is_unknown


@dataclass(frozen=True)
class PictureSet:
    """Pictures on one side of a retrieval, in a fixed order.

    Attributes:
        names: Picture names as in the CSV (N,).
        paths: Where the files lie (N,).
        fields: Column name to values (N,), such as identity, flank, encounter; None where unknown.
    """

    names: list[str]
    paths: list[str]
    fields: dict[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def known(self) -> np.ndarray:
        """Which pictures are of known identity, boolean (N,)."""
        return np.array([not is_unknown(identity) for identity in self.fields['identity']], bool)


@dataclass(frozen=True)
class Gathered:
    """One test run's pictures and embeddings.

    Attributes:
        query: The query pictures (M).
        gallery: The gallery pictures (N), or None when the query set is searched for itself.
        state: Their embeddings, in the same order.
    """

    query: PictureSet
    gallery: PictureSet | None
    state: EmbeddingState

    @property
    def labelled(self) -> bool:
        """Whether the identity of a query is known, so that there are scores."""
        return bool(self.query.known.any())


def gather(records: Sequence[dict], columns: Sequence[str]) -> Gathered:
    """Cut the pictures of a run into query and gallery.

    Args:
        records: One dict a picture: ``image_name``, ``img_path``, ``embedding`` (D,), ``tta_embedding`` (D,) or None,
            ``role`` and the ``columns``.
        columns: Names of the columns to keep.

    Raises:
        ValueError: See :func:`by_role`; also if an embedding is unusable.
    """
    queries, gallery = by_role(records)
    query_embeddings, query_tta = _embeddings(queries)
    gallery_embeddings, gallery_tta = (None, None) if gallery is None else _embeddings(gallery)
    state = EmbeddingState(query_embeddings, gallery_embeddings, query_tta, gallery_tta)
    return Gathered(pictures(queries, columns), None if gallery is None else pictures(gallery, columns), state)


def by_role(records: Sequence[dict]) -> tuple[Sequence[dict], Sequence[dict] | None]:
    """Return the records of the queries and those of the gallery.

    Pictures whose ``role`` is None form one set that is searched for itself, each picture left out of its own list;
    there is no gallery then.

    Args:
        records: One dict a picture, with ``image_name`` and, perhaps, ``role``.

    Raises:
        ValueError: If a picture comes twice, only some have a role, or one role is missing.
    """
    _refuse_repeats(records)
    roles = {record.get('role') for record in records}
    if roles == {None}:
        return records, None
    if roles != {'query', 'gallery'}:
        raise ValueError(f"a test set's pictures must all be 'query' or 'gallery', or have no role; got {roles}")
    queries = [record for record in records if record['role'] == 'query']
    return queries, [record for record in records if record['role'] == 'gallery']


def pictures(records: Sequence[dict], columns: Sequence[str]) -> PictureSet:
    """Return one side of a retrieval.

    Args:
        records: One dict a picture: ``image_name``, ``img_path``, and what it has of the ``columns``.
        columns: Names of the columns to keep.
    """
    fields = {name: np.array([record.get(name) for record in records], dtype=object) for name in columns}
    return PictureSet(
        names=[record['image_name'] for record in records],
        paths=[record['img_path'] for record in records],
        fields=fields,
    )


def _refuse_repeats(records: Sequence[dict]) -> None:
    seen = set()
    for record in records:
        if record['image_name'] in seen:
            raise ValueError(f'picture {record["image_name"]!r} was evaluated twice; names must be unique')
        seen.add(record['image_name'])


def _embeddings(records: Sequence[dict]) -> tuple[Tensor, Tensor | None]:
    """Return the plain (N, D) and the averaged (N, D) embeddings, the latter None if a picture lacks it."""
    plain = torch.stack([record['embedding'] for record in records])
    check_embeddings([record['image_name'] for record in records], plain)
    if any(record['tta_embedding'] is None for record in records):
        return plain, None
    return plain, torch.stack([record['tta_embedding'] for record in records])
