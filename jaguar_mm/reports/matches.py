"""A sheet of images beside their best matches, from sets of embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np

from jaguar_mm.images import EmbeddedFiles
from jaguar_mm.images.embedded import PATH
from jaguar_mm.reports.ranked import ranked_rows
from jaguar_mm.reports.sheet import draw_rows, spread
from jaguar_mm.retrieval import Apart, Cosine, Pipeline, Ranking, top_identities
from jaguar_mm.storage import EmbeddingSet


def draw_matches(
    query: EmbeddingSet,
    gallery: EmbeddingSet | None = None,
    *,
    ranking: Ranking | None = None,
    by: str = 'image',
    k: int = 5,
    queries: int = 12,
    apart: Apart | None = None,
) -> np.ndarray:
    """Draw images with their best matches, under each its animal, its similarity and its name.

    Args:
        query: Images with the column ``path``, as an encoder gives them.
        gallery: What to search in; None: the queries among themselves.
        ranking: How alike they are; None: the cosines.
        by: ``'image'``, or ``'identity'`` for animals, each by its best image.
        k: How many matches.
        queries: How many queries, spread evenly.
        apart: Pairs that are left out.

    Returns:
        RGB image uint8 (H, W, 3).

    Raises:
        ValueError: If it is not on record where the images lie, one of them is not the one that was embedded, or an
            animal is asked for and none is known.
    """
    others = query if gallery is None else gallery
    ranking = ranking or Pipeline((Cosine(),)).final(query, gallery)
    matches = (
        top_identities(ranking, others.column('identity'), k, apart) if by == 'identity' else ranking.top_k(k, apart)
    )
    chosen = spread(len(query), queries)
    ids = [_identities(each) for each in (query, others)]
    paths = query.column(PATH), others.column(PATH)
    rows = ranked_rows(matches, *paths, *ids, chosen, names=(query.names, others.names))
    files = EmbeddedFiles(query.columns, others.columns)
    for tile in chain(*rows):
        files.content(tile.image)
    return draw_rows(rows)


def _identities(images: EmbeddingSet) -> Sequence[str | None]:
    return images.columns.get('identity', [None] * len(images))
