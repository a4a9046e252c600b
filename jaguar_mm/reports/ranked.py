"""The ranked-results picture: each query beside its best matches, framed by whether they are right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jaguar_mm.reports.sheet import QUERY, RIGHT, UNKNOWN, WRONG, Tile


def ranked_rows(
    similarity: np.ndarray,
    query_paths: Sequence[str],
    gallery_paths: Sequence[str],
    query_ids: Sequence[str | None],
    gallery_ids: Sequence[str | None],
    ignore: np.ndarray,
    queries: Sequence[int],
    top: int = 10,
) -> list[list[Tile]]:
    """Lay out the best matches of some queries.

    Args:
        similarity: (M, N), larger is more alike.
        query_paths: Files of the queries (M,).
        gallery_paths: Files of the gallery (N,).
        query_ids: Identities (M,), None where unknown.
        gallery_ids: Identities (N,), None where unknown.
        ignore: Pairs left out (a query in its own gallery, for one), boolean (M, N).
        queries: Which queries to draw.
        top: How many matches a row shows.

    Returns:
        One row a query: the query, then its matches from the best on.
    """
    rows = []
    for query in queries:
        order = np.argsort(-similarity[query], kind='stable')
        order = order[~ignore[query, order]][:top]
        row = [Tile(query_paths[query], query_ids[query] or 'query', QUERY)]
        for match in order:
            frame = _frame(query_ids[query], gallery_ids[match])
            caption = f'{similarity[query, match]:.2f} {gallery_ids[match] or ""}'.strip()
            row.append(Tile(gallery_paths[match], caption, frame))
        rows.append(row)
    return rows


def _frame(query_id: str | None, match_id: str | None) -> tuple[int, int, int]:
    if query_id is None or match_id is None:
        return UNKNOWN
    return RIGHT if query_id == match_id else WRONG
