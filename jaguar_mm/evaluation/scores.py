"""The scores of a retrieval by the names used in tables and log keys."""

from __future__ import annotations

from jaguar_mm.retrieval import RetrievalScores

RANKS = (1, 5, 10)
FALSE_POSITIVE_RATE = 1e-3


def named_scores(scores: RetrievalScores) -> dict[str, float]:
    """Return every score that we report.

    Args:
        scores: Of a ranking, all pairs included.

    Returns:
        Metric name to value in [0, 1] (``pearson``: [-1, 1]).
    """
    hits = scores.ranks.cmc(RANKS)
    return {
        'mAP_ib': scores.identity_balanced_map,
        'mAP': scores.mean_average_precision,
        **{f'CMC@{rank}': hits[rank] for rank in RANKS},
        'mINP': scores.mean_inp,
        'pair_AUC': scores.pairs.roc_auc(),
        'pair_AP': scores.pairs.average_precision(),
        f'TPR@{FALSE_POSITIVE_RATE:g}': scores.pairs.tpr(FALSE_POSITIVE_RATE),
        'pearson': scores.pairs.pearson,
    }
