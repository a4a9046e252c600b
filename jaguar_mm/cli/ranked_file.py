"""The file of ranked matches: its rows, and the search that makes them batch by batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from jaguar_mm.cli.progress import progress
from jaguar_mm.retrieval import topk_similarity
from jaguar_mm.storage import Batches, EmbeddingSet, whole_file
from jaguar_mm.storage.files import csv_lines

QUERIES_AT_ONCE = 8192


def write_matches(path: Path, query: EmbeddingSet, gallery: EmbeddingSet, batches: Iterable[np.ndarray]) -> None:
    """Write matches, whole.

    Args:
        path: The file.
        query: The queries (M).
        gallery: What was searched (N).
        batches: Similarities and gallery indices of consecutive queries' matches, (B, k, 2) each; an index below 0 is
            no match.
    """
    with whole_file(path) as file:
        file.writelines(line.encode() for line in csv_lines(_rows(query, gallery, batches)))


def search_in_batches(
    query: EmbeddingSet, gallery: EmbeddingSet | None, k: int, parts: Path, depends_on: dict[str, Any]
) -> Batches:
    """Search by cosines, a batch of queries at a time; batches that an interrupted run kept are not searched again.

    Args:
        query: The queries (M).
        gallery: What is searched (N); None: the queries among themselves.
        k: Matches of each query.
        parts: Folder of the batches, (B, k, 2) each.
        depends_on: All that the matches depend on besides ``k``.
    """
    starts = range(0, len(query), QUERIES_AT_ONCE)
    batches = Batches(parts, {**depends_on, 'k': k, 'at_once': QUERIES_AT_ONCE}, len(starts))
    missing = batches.missing()
    with progress('batches', len(starts), len(starts) - len(missing)) as advance:
        for batch in missing:
            batches.keep(batch, np.dstack(_nearest(query, gallery, starts[batch], k)))
            advance()
    return batches


def _nearest(query: EmbeddingSet, gallery: EmbeddingSet | None, start: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return similarities and gallery indices of the best matches of a batch of queries, (B, k) each."""
    rows = query.vectors[start : start + QUERIES_AT_ONCE]
    if gallery is not None:
        return topk_similarity(rows, gallery.vectors, k)
    values, indices = topk_similarity(rows, query.vectors, k + 1)
    others = indices != np.arange(start, start + len(rows))[:, None]
    others[others.all(1), -1] = False  # so many are equally near that the image itself is not among them
    return values[others].reshape(len(rows), -1), indices[others].reshape(len(rows), -1)


def _rows(query: EmbeddingSet, gallery: EmbeddingSet, batches: Iterable[np.ndarray]) -> Iterator[Sequence]:
    yield ['query', 'rank', 'match', 'identity', 'similarity']
    identities = gallery.columns.get('identity', [None] * len(gallery))
    lists = (found for batch in batches for found in batch)
    for name, found in zip(query.names, lists, strict=True):
        for rank, (value, index) in enumerate(found.tolist(), 1):
            if index >= 0:
                yield [name, rank, gallery.names[int(index)], identities[int(index)] or '', value]
