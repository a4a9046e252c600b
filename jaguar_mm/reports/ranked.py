"""The ranked-results image: each query beside its best matches, framed by whether they are right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jaguar_mm.reports.sheet import QUERY, RIGHT, UNKNOWN, WRONG, Tile


def ranked_rows(
    matches: tuple[np.ndarray, np.ndarray],
    query_paths: Sequence[str],
    gallery_paths: Sequence[str],
    query_ids: Sequence[str | None],
    gallery_ids: Sequence[str | None],
    queries: Sequence[int],
    names: tuple[Sequence[str], Sequence[str]] | None = None,
) -> list[list[Tile]]:
    """Lay out the best matches of some queries.

    Args:
        matches: Similarities and gallery indices of each query's best matches (M, K), best first; the index -1 fills up
            a short list.
        query_paths: Files of the queries (M,).
        gallery_paths: Files of the gallery (N,).
        query_ids: Identities (M,), None where unknown.
        gallery_ids: Identities (N,), None where unknown.
        queries: Which queries to draw.
        names: What to write under each query (M,) and gallery image (N,) besides; None: nothing.

    Returns:
        One row a query: the query, then its matches from the best on.
    """
    rows = []
    for query in queries:
        row = [Tile(query_paths[query], query_ids[query] or 'query', QUERY, names[0][query] if names else '')]
        for similarity, match in zip(matches[0][query], matches[1][query], strict=True):
            if match < 0:
                break
            frame = _frame(query_ids[query], gallery_ids[match])
            caption = f'{similarity:.2f} {gallery_ids[match] or ""}'.strip()
            row.append(Tile(gallery_paths[match], caption, frame, names[1][match] if names else ''))
        rows.append(row)
    return rows


def _frame(query_id: str | None, match_id: str | None) -> tuple[int, int, int]:
    if query_id is None or match_id is None:
        return UNKNOWN
    return RIGHT if query_id == match_id else WRONG
