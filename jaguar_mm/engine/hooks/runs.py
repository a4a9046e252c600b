"""The retrieval runs that a list of evaluator metrics has just finished."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mmengine.evaluator import BaseMetric

from jaguar_mm.evaluation.reid_metric import ReIDMetric, RetrievalRun


def retrieval_runs(metrics: Sequence[BaseMetric]) -> Iterator[tuple[str, RetrievalRun]]:
    """Yield what each :class:`ReIDMetric` left (on rank 0; the other ranks hold nothing).

    Each comes with what tells its files from those of the others: nothing for the first one, else its prefix.
    """
    found = [metric for metric in metrics if isinstance(metric, ReIDMetric) and metric.run is not None]
    for place, metric in enumerate(found):
        yield metric.prefix if place else '', metric.run
