"""The sheet that shows why: queries beside their best match with the corresponding spots joined, wrong ones first."""

from __future__ import annotations

import numpy as np

from jaguar_mm.images.embedded import PATH
from jaguar_mm.matching import match
from jaguar_mm.matching.stage import KeypointStage
from jaguar_mm.reports.correspondences import Pair, draw_pairs
from jaguar_mm.reports.sheet import RIGHT, UNKNOWN, WRONG, spread
from jaguar_mm.retrieval import Apart, Ranking
from jaguar_mm.retrieval.columns import is_unknown
from jaguar_mm.storage import EmbeddingSet

PAIRS = 12
FIRST = [WRONG, RIGHT, UNKNOWN]  # frames in the order in which they come


def draw_why(
    stage: KeypointStage,
    ranking: Ranking,
    query: EmbeddingSet,
    gallery: EmbeddingSet | None = None,
    *,
    apart: Apart | None = None,
    pairs: int = PAIRS,
) -> np.ndarray:
    """Draw queries beside their best match, and lines between spots that correspond.

    Wrong matches come first, then right ones, then those of which an identity is not known; of each the queries are
    spread evenly.

    Args:
        stage: What finds the spots; its keypoints are read where they are kept.
        ranking: What finds the best match.
        query: The queries (M), with the column ``path``.
        gallery: What is searched (N); None: the queries among themselves.
        apart: Pairs that are left out.
        pairs: Most pairs.

    Returns:
        RGB image uint8 (H, W, 3).

    Raises:
        ValueError: If no query has a match, or an image is not the one that was embedded.
    """
    others = query if gallery is None else gallery
    found = ranking.top_k(1, apart)[1]  # (M, 1), or (M, 0) for an image alone
    best = {place: int(matches[0]) for place, matches in enumerate(found) if len(matches) and matches[0] >= 0}
    frames = {place: _frame(query, others, place, match) for place, match in best.items()}
    chosen = _wrong_first(list(frames.items()), pairs)
    store, drawn = stage.store(query.columns, others.columns), []
    for place in chosen:
        paths = str(query.column(PATH)[place]), str(others.column(PATH)[best[place]])
        keypoints = tuple(store(paths))
        matches, score = match(store.matcher, *keypoints)
        names = query.names[place], others.names[best[place]]
        caption = f'{score:.3f}   {names[0]}   {names[1]}'
        drawn.append(Pair(tuple(map(store.load, paths)), keypoints, matches, caption, frames[place]))
    return draw_pairs(drawn)


def _wrong_first(framed: list[tuple[int, tuple]], pairs: int) -> list[int]:
    """Return queries, those with a wrong match first."""
    chosen: list[int] = []
    for frame in FIRST:
        places = [place for place, other in framed if other == frame]
        if places and len(chosen) < pairs:
            chosen += [places[i] for i in spread(len(places), pairs - len(chosen))]
    return chosen


def _frame(query: EmbeddingSet, others: EmbeddingSet, place: int, match: int) -> tuple[int, int, int]:
    ids = [each.columns.get('identity') for each in (query, others)]
    if ids[0] is None or ids[1] is None or is_unknown(ids[0][place]) or is_unknown(ids[1][match]):
        return UNKNOWN
    return RIGHT if ids[0][place] == ids[1][match] else WRONG
