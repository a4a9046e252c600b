"""The retrieval evaluator: one feature extraction, several named stages, one table of scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from torch import Tensor

from jaguar_mm.evaluation.gathered import Gathered, gather
from jaguar_mm.evaluation.scores import retrieval_scores
from jaguar_mm.evaluation.stages import Stage, run_stages
from jaguar_mm.registry import METRICS, STAGES

MAIN_PROTOCOL = 'all'
MAIN_METRIC = 'mAP_ib'


@dataclass(frozen=True)
class Protocol:
    """Which gallery pictures a query may be matched with.

    Args:
        same: Columns in which the two pictures must agree (``('flank',)``: only the same flank).
        different: Columns in which they must differ (``('encounter',)``: the same sighting is left out).
    """

    same: Sequence[str] = ()
    different: Sequence[str] = ()

    def ignore(self, gathered: Gathered) -> np.ndarray | None:
        """Return which pairs are left out, boolean (M, N), or None if none is."""
        query, gallery = gathered.query, gathered.gallery or gathered.query
        ignored = None
        for columns, agree in ((self.same, False), (self.different, True)):
            for name in columns:
                equal = query.column(name)[:, None] == gallery.column(name)[None, :]  # (M, N)
                left_out = equal if agree else ~equal
                ignored = left_out if ignored is None else ignored | left_out
        return ignored


@dataclass(frozen=True)
class RetrievalRun:
    """What a run leaves for reports and submissions.

    Attributes:
        gathered: Pictures and embeddings.
        stages: The stages, in order.
        similarities: Stage name to similarity (M, N).
        scores: (protocol, stage name) to metric name to value; empty if the test set is unlabelled.
    """

    gathered: Gathered
    stages: list[Stage]
    similarities: dict[str, Tensor]
    scores: dict[tuple[str, str], dict[str, float]]

    @property
    def final(self) -> Stage:
        """The last stage, whose similarities are submitted and drawn."""
        return self.stages[-1]


@METRICS.register_module()
class ReIDMetric(BaseMetric):
    """Scores of re-identification after each of several retrieval stages.

    The headline keys ``reid/mAP_ib`` and so on are those of the last stage under the first protocol; every protocol and
    stage has its ``reid/<protocol>/<stage>/mAP_ib``, and all its scores in :attr:`run`.

    Args:
        stages: Configs of the stages (registry ``STAGES``), applied in order.
        protocols: Protocol name to its arguments (:class:`Protocol`); the first one gives the headline.
        collect_device: Where ranks exchange their results.
        prefix: Prefix of the keys.
    """

    default_prefix = 'reid'

    def __init__(
        self,
        stages: Sequence[dict] = (dict(type='Cosine'),),
        protocols: dict[str, dict] | None = None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.stages: list[Stage] = [STAGES.build(stage) for stage in stages]
        names = [stage.name for stage in self.stages]
        if not names or len(set(names)) != len(names):
            raise ValueError(f'evaluator stages need at least one entry and names of their own, got {names}')
        self.protocols = {name: Protocol(**arguments) for name, arguments in (protocols or {MAIN_PROTOCOL: {}}).items()}
        self.columns = sorted({'identity'}.union(*(set(p.same) | set(p.different) for p in self.protocols.values())))
        self.run: RetrievalRun | None = None

    def process(self, data_batch: object, data_samples: Sequence[dict]) -> None:
        """Keep what one batch's data samples say.

        Args:
            data_batch: Not used.
            data_samples: The model's predictions as dicts, with ``embedding`` (D,).
        """
        for sample in data_samples:
            record = {name: sample.get(name) for name in {'image_name', 'img_path', 'role', *self.columns}}
            record['embedding'] = sample['embedding'].cpu()
            tta = sample.get('tta_embedding')
            record['tta_embedding'] = None if tta is None else tta.cpu()
            self.results.append(record)

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Run the stages over the gathered embeddings (rank 0 only) and score each.

        Args:
            results: The records of all ranks.

        Returns:
            Metric name to value; empty for an unlabelled test set, whose similarities are in :attr:`run` all the same.
        """
        gathered = gather(results, self.columns)
        similarities = run_stages(self.stages, gathered.state)
        scores = self._score(gathered, similarities) if gathered.labelled else {}
        self.run = RetrievalRun(gathered, self.stages, similarities, scores)
        if not scores:
            return {}
        headline = scores[next(iter(self.protocols)), self.stages[-1].name]
        return headline | {f'{"/".join(key)}/{MAIN_METRIC}': row[MAIN_METRIC] for key, row in scores.items()}

    def _score(self, gathered: Gathered, similarities: dict[str, Tensor]) -> dict[tuple[str, str], dict[str, float]]:
        query_ids = gathered.query.column('identity')
        gallery_ids = None if gathered.gallery is None else gathered.gallery.column('identity')
        scores = {}
        for protocol_name, protocol in self.protocols.items():
            ignore = protocol.ignore(gathered)
            ignore = None if ignore is None else torch.from_numpy(ignore)
            for stage_name, similarity in similarities.items():
                scores[protocol_name, stage_name] = retrieval_scores(similarity, query_ids, gallery_ids, ignore)
        return scores
