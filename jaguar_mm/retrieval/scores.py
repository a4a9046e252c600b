"""Every score at once: of a similarity matrix, of embeddings without that matrix, or of top-k lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaguar_mm.retrieval.apart import Groups
from jaguar_mm.retrieval.arrays import Array
from jaguar_mm.retrieval.lists import list_statistics
from jaguar_mm.retrieval.metrics import by_identity
from jaguar_mm.retrieval.pairs import PairStatistics, count_pairs
from jaguar_mm.retrieval.rankings import CosineRanking, MatrixRanking, Ranking
from jaguar_mm.retrieval.ranks import RankStatistics, join_ranks, rank_tile
from jaguar_mm.retrieval.sets import SAME, Sets, match_sets


class RetrievalScores(NamedTuple):
    """The scores of one retrieval.

    Attributes:
        ranks: Where each query's positives are; its ``truncated`` flags scores that are lower bounds.
        pairs: How the pairs are ordered; None for top-k lists, which do not hold all pairs.
        identity_balanced_map: Mean over identities of the mean average precision of each one's queries.
        mean_average_precision: Mean over queries.
        mean_inp: Mean inverse negative penalty.
    """

    ranks: RankStatistics
    pairs: PairStatistics | None
    identity_balanced_map: float
    mean_average_precision: float
    mean_inp: float


def score_similarity(
    similarity: Array,
    query_ids: Sequence,
    gallery_ids: Sequence | None = None,
    *,
    ignore: Array | None = None,
    groups: Groups = None,
) -> RetrievalScores:
    """Score a similarity (M, N); arguments and errors as in :func:`~jaguar_mm.retrieval.ranks.rank_statistics`."""
    ranking = MatrixRanking(similarity, gallery_ids is None)
    return _score(ranking, match_sets(ranking.shape, query_ids, gallery_ids, ignore, groups), query_ids)


def score_ranking(
    ranking: Ranking, query_ids: Sequence, gallery_ids: Sequence | None = None, *, apart: Groups = None
) -> RetrievalScores:
    """Score a ranking of any kind, a block of queries at a time.

    Besides the ranking memory holds a block of a million similarities and, for the pair metrics, those of all pairs of
    the same animal. Every similarity is computed twice.

    Args:
        ranking: Of queries (M) and gallery (N).
        query_ids: Identity of each query (M,).
        gallery_ids: Identity of each gallery image (N,); None if the ranking is of one set.
        apart: Pairs that are left out: an :class:`~jaguar_mm.retrieval.apart.Apart`, or a column of groups.

    Raises:
        ValueError: If shapes do not match, the gallery's identities are missing or too much, no query has a positive,
            or all pairs are of one kind.
    """
    if ranking.one_set != (gallery_ids is None):
        raise ValueError('gallery and gallery_ids go together: give both or neither')
    return _score(ranking, match_sets(ranking.shape, query_ids, gallery_ids, groups=apart), query_ids)


def score_features(
    query: Array,
    query_ids: Sequence,
    gallery: Array | None = None,
    gallery_ids: Sequence | None = None,
    *,
    groups: Groups = None,
) -> RetrievalScores:
    """Score the cosines of embeddings, a block of queries at a time; see :func:`score_ranking`.

    Args:
        query: Embeddings (M, D), of any length.
        query_ids: Identity of each query (M,).
        gallery: Embeddings (N, D); None: the queries against themselves.
        gallery_ids: Identity of each gallery image (N,); None with ``gallery`` None.
        groups: Burst or encounter, see :func:`~jaguar_mm.retrieval.sets.match_sets`.

    Raises:
        ValueError: If a row has NaN, Inf or only zeros, shapes do not match, only one of gallery and its identities is
            given, no query has a positive, or all pairs are of one kind.
    """
    return score_ranking(CosineRanking(query, gallery), query_ids, gallery_ids, apart=groups)


def score_top_k(
    indices: Array, query_ids: Sequence, gallery_ids: Sequence | None = None, *, groups: Groups = None
) -> RetrievalScores:
    """Score top-k lists (M, K); see :func:`~jaguar_mm.retrieval.lists.list_statistics`. There are no pair metrics."""
    return _summary(list_statistics(indices, query_ids, gallery_ids, groups), None, query_ids)


def _score(ranking: Ranking, sets: Sets, query_ids: Sequence) -> RetrievalScores:
    tiles = ranking.tiles()
    ranked, same = [], []
    for rows, tile in tiles.blocks():
        marks = sets.marks(rows)
        ranked.append(rank_tile(tile, marks))
        same.append(tile[marks == SAME])
    return _summary(join_ranks(ranked), count_pairs(tiles, sets, same), query_ids)


def _summary(ranks: RankStatistics, pairs: PairStatistics | None, query_ids: Sequence) -> RetrievalScores:
    identities = by_identity(ranks.average_precision, query_ids)
    return RetrievalScores(
        ranks,
        pairs,
        identity_balanced_map=float(np.mean([score.mean_ap for score in identities.values()])),
        mean_average_precision=float(np.nanmean(ranks.average_precision)),
        mean_inp=float(np.nanmean(ranks.inverse_penalty)),
    )
