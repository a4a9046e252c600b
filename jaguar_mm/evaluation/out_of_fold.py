"""Cross-validation: the embeddings of all held-out images in one table, and what the folds score.

The embeddings of two folds come from two networks and must not be compared, so each fold is scored by itself.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from jaguar_mm.evaluation.protocols import ALL, OTHER_BURSTS
from jaguar_mm.evaluation.scores import named_scores
from jaguar_mm.retrieval import CosineRanking, score_ranking
from jaguar_mm.storage import EmbeddingSet, csv_text, join

Scores = dict[tuple[str, str], dict[str, float]]  # (protocol, fold, mean or std) to metric to value


def join_folds(tables: Sequence[EmbeddingSet]) -> EmbeddingSet:
    """Return the embeddings of all folds in one table.

    Raises:
        ValueError: If two folds hold out the same image.
    """
    return join([replace(table, encoder=None) for table in tables])  # of as many encoders as folds


def fold_csv(tables: Sequence[EmbeddingSet]) -> str:
    """Return the number of each image's fold as CSV text, in the order of :func:`join_folds`."""
    return csv_text(['filename', 'fold'], [(name, fold) for fold, table in enumerate(tables) for name in table.names])


def score_folds(tables: Sequence[EmbeddingSet], groups: Mapping[str, str] | None = None) -> Scores:
    """Score each fold's cosines, and add the mean over folds and, of two and more, the standard deviation of a sample.

    Under the protocol ``'all'`` every other image of the fold is compared with a query; under ``'other_bursts'``, if
    groups are given, those of the query's own group are left out; a blank group holds nothing. A fold in which no
    image then has one of its animal to find is named in a warning and does not count.

    Args:
        tables: Embeddings and identities of each fold.
        groups: Image name to group.

    Raises:
        ValueError: If no fold can be scored.
    """
    scores: Scores = {}
    for protocol, apart in ((OTHER_BURSTS, groups), (ALL, None))[1 if groups is None else 0 :]:
        rows = {}
        for fold, table in enumerate(tables):
            try:
                rows[f'fold {fold}'] = _score(table, apart)
            except ValueError as error:
                warnings.warn(f'fold {fold} has no scores under {protocol!r}: {error}', stacklevel=2)
        scores |= {(protocol, name): row for name, row in (rows | _summary(list(rows.values()))).items()}
    if not scores:
        raise ValueError('no fold can be scored; take fewer folds')
    return scores


def _score(table: EmbeddingSet, groups: Mapping[str, str] | None) -> dict[str, float]:
    """Score one fold without pairs of one group."""
    apart = None if groups is None else [groups[name] for name in table.names]
    return named_scores(score_ranking(CosineRanking(table.vectors), table.column('identity'), apart=apart))


def _summary(rows: Sequence[dict[str, float]]) -> dict[str, dict[str, float]]:
    """Return ``mean`` and ``std`` of every metric, as far as the rows are enough for them."""
    values = {metric: [row[metric] for row in rows] for metric in (rows[0] if rows else ())}
    found = {}
    if len(rows) > 0:
        found['mean'] = {metric: float(np.mean(column)) for metric, column in values.items()}
    if len(rows) > 1:
        found['std'] = {metric: float(np.std(column, ddof=1)) for metric, column in values.items()}
    return found
