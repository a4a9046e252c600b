"""The test pictures as one table: names, identities, roles and embeddings, gathered once and cut into two sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from jaguar_mm.embedding_table import check_embeddings
from jaguar_mm.evaluation.stages import EmbeddingState


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
    def labelled(self) -> bool:
        """Whether the identity of every picture is known."""
        return all(identity is not None for identity in self.fields['identity'])

    def column(self, name: str) -> np.ndarray:
        """Return one column (N,).

        Raises:
            ValueError: If a picture has no value in it.
        """
        values = self.fields.get(name)
        if values is None or any(value is None for value in values):
            raise ValueError(
                f'the evaluator needs {name!r} of every picture, but the test set does not give it; '
                f'add it to the dataset and to PackInputs.meta_keys'
            )
        return values


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
        """Whether scores can be computed."""
        return self.query.labelled and (self.gallery is None or self.gallery.labelled)


def gather(records: Sequence[dict], columns: Sequence[str]) -> Gathered:
    """Cut the pictures of a run into query and gallery.

    Pictures whose ``role`` is None form one set that is searched for itself, each picture left out of its own list.

    Args:
        records: One dict a picture: ``image_name``, ``img_path``, ``embedding`` (D,), ``tta_embedding`` (D,) or None,
            ``role`` and the ``columns``.
        columns: Names of the columns to keep.

    Raises:
        ValueError: If a picture comes twice, only some have a role, one role is missing, or an embedding is unusable.
    """
    _refuse_repeats(records)
    roles = {record['role'] for record in records}
    if roles == {None}:
        query, query_tta = _embeddings(records)
        return Gathered(_pictures(records, columns), None, EmbeddingState(query, None, query_tta, None))
    if roles != {'query', 'gallery'}:
        raise ValueError(f"a test set's pictures must all be 'query' or 'gallery', or have no role; got {roles}")
    queries = [record for record in records if record['role'] == 'query']
    gallery = [record for record in records if record['role'] == 'gallery']
    query_embeddings, query_tta = _embeddings(queries)
    gallery_embeddings, gallery_tta = _embeddings(gallery)
    state = EmbeddingState(query_embeddings, gallery_embeddings, query_tta, gallery_tta)
    return Gathered(_pictures(queries, columns), _pictures(gallery, columns), state)


def _refuse_repeats(records: Sequence[dict]) -> None:
    seen = set()
    for record in records:
        if record['image_name'] in seen:
            raise ValueError(f'picture {record["image_name"]!r} was evaluated twice; names must be unique')
        seen.add(record['image_name'])


def _pictures(records: Sequence[dict], columns: Sequence[str]) -> PictureSet:
    fields = {name: np.array([record[name] for record in records], dtype=object) for name in columns}
    return PictureSet(
        names=[record['image_name'] for record in records],
        paths=[record['img_path'] for record in records],
        fields=fields,
    )


def _embeddings(records: Sequence[dict]) -> tuple[Tensor, Tensor | None]:
    """Return the plain (N, D) and the averaged (N, D) embeddings, the latter None if a picture lacks it."""
    plain = torch.stack([record['embedding'] for record in records])
    check_embeddings([record['image_name'] for record in records], plain)
    if any(record['tta_embedding'] is None for record in records):
        return plain, None
    return plain, torch.stack([record['tta_embedding'] for record in records])
