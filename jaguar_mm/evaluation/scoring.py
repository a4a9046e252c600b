"""Scores of labelled embeddings after each stage, under every protocol that their columns allow, with their noise."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from jaguar_mm.evaluation.comparison import percentile_interval
from jaguar_mm.evaluation.protocols import Protocol, honest_protocols
from jaguar_mm.evaluation.sides import Columns, Sides
from jaguar_mm.retrieval import Ranking, ShortlistRanking, score_ranking, shortlist_recall
from jaguar_mm.retrieval.columns import is_unknown

DRAWS = 4000
ON_COLUMNS = {  # name of a protocol to the columns in which the two images agree and differ
    'same_flank': (('flank',), ()),
    'other_encounter': ((), ('encounter',)),
    'same_flank_other_encounter': (('flank',), ('encounter',)),
}
Rows = dict[tuple[str, str], dict[str, float]]


def protocols_of(query: Columns, gallery: Columns | None) -> dict[str, Protocol]:
    """Return every protocol that the columns of labelled images allow.

    Args:
        query: Columns of the queries (M,), ``identity`` among them.
        gallery: Columns of the gallery (N,); None: the queries are the gallery.
    """
    sides = [side for side in (query, gallery) if side is not None]
    known = {name for name in query if all(not all(map(is_unknown, side.get(name, ()))) for side in sides)}
    more = {
        name: Protocol(same=same, different=different)
        for name, (same, different) in ON_COLUMNS.items()
        if {*same, *different} <= known
    }
    return honest_protocols(query, gallery) | more


def score_stages(rankings: Mapping[str, Ranking], sides: Sides, *, seed: int = 0) -> Rows:
    """Score each stage under every protocol.

    Args:
        rankings: Stage name to ranking.
        sides: The labelled queries and what is searched.
        seed: Of the bootstrap.

    Returns:
        Protocol and stage to ``queries`` (how many have a right match), ``nearest`` (for which share of them the first
        match is right), ``low`` and ``high`` (its 95 % interval, by a bootstrap over identities), ``mAP_ib``, ``mAP``
        and, of a stage that ranks a few candidates, ``shortlist``: for which share a right match is among them.
    """
    columns = sides.query.columns, None if sides.gallery is None else sides.gallery.columns
    rows: Rows = {}
    for protocol, rule in protocols_of(*columns).items():
        apart = rule.apart(*columns)
        for stage, ranking in rankings.items():
            scores = score_ranking(ranking, *sides.identities, apart=apart)
            hits = np.where(scores.ranks.answerable, scores.ranks.first_rank == 1, np.nan)
            low, high = share_interval(hits, sides.query.column('identity'), seed)
            rows[protocol, stage] = {
                'queries': int(scores.ranks.answerable.sum()),
                'nearest': float(np.nanmean(hits)),
                'low': low,
                'high': high,
                'mAP_ib': scores.identity_balanced_map,
                'mAP': scores.mean_average_precision,
            }
            if isinstance(ranking, ShortlistRanking):
                recall = shortlist_recall(ranking.indices, *sides.identities, apart=apart)
                rows[protocol, stage]['shortlist'] = recall
    return rows


def share_interval(hits: np.ndarray, identities: np.ndarray, seed: int) -> tuple[float, float]:
    """Return the ends of the 95 % percentile interval of a share, drawn anew by identity with all its queries.

    Args:
        hits: 1 or 0 of each query, NaN for one that does not count (M,).
        identities: Who each query shows (M,).
        seed: Of the draws.
    """
    counted = ~np.isnan(hits)
    _, animal = np.unique(identities[counted].astype(str), return_inverse=True)
    queries, right = np.bincount(animal), np.bincount(animal, hits[counted])  # (I,)
    times = np.random.default_rng(seed).multinomial(len(queries), np.full(len(queries), 1 / len(queries)), DRAWS)
    return percentile_interval((times @ right) / (times @ queries))
