"""The retrieval evaluator: one feature extraction, several named stages, one table of scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from mmengine.evaluator import BaseMetric
from torch import Tensor

from jaguar_mm.evaluation.gathered import Gathered, by_role, gather, pictures
from jaguar_mm.evaluation.protocols import Protocol, check_answerable
from jaguar_mm.evaluation.scores import retrieval_scores
from jaguar_mm.evaluation.stages import Stage, run_stages
from jaguar_mm.registry import METRICS, STAGES

MAIN_PROTOCOL = 'all'
MAIN_METRIC = 'mAP_ib'
PLAIN = 'plain'
ALWAYS = ('image_name', 'img_path', 'identity')  # of every image


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

    The headline keys ``reid/mAP_ib`` and so on are those of the last stage under the first protocol;
    ``reid/plain/mAP_ib`` is the first stage's, before any post-processing, by which to choose among weights. Every
    protocol and stage has its ``reid/<protocol>/<stage>/mAP_ib``, and all its scores in :attr:`run`.

    A gallery picture of unknown identity is a distractor: no query's match, and in every list. A query of unknown
    identity is not scored.

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
        self.columns = sorted({'identity'}.union(*(protocol.columns for protocol in self.protocols.values())))
        self.run: RetrievalRun | None = None

    def needed(self, records: Sequence[dict]) -> set[str]:
        """Return what the data samples of these records must have."""
        return {*ALWAYS, *self.columns} | ({'role'} if any(record.get('role') for record in records) else set())

    def check(self, records: Sequence[dict], *, unlabelled: bool = False) -> list[str]:
        """Look whether pictures will give a score under every protocol, before any is embedded.

        Args:
            records: What is known of each, see :func:`~jaguar_mm.datasets.records.all_records`.
            unlabelled: Whether it is all right if no identity is known.

        Returns:
            What is not scored, and how often, in sentences.

        Raises:
            ValueError: If a protocol would give no score, or a picture comes twice.
        """
        queries, gallery = by_role(records)
        query = pictures(queries, self.columns)
        if unlabelled and not query.known.any():
            return ['no query is of known identity, so there are no scores']
        return check_answerable(query, None if gallery is None else pictures(gallery, self.columns), self.protocols)

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
        plain = {f'{PLAIN}/{MAIN_METRIC}': scores[next(iter(scores))][MAIN_METRIC]}
        return headline | plain | {f'{"/".join(key)}/{MAIN_METRIC}': row[MAIN_METRIC] for key, row in scores.items()}

    def _score(self, gathered: Gathered, similarities: dict[str, Tensor]) -> dict[tuple[str, str], dict[str, float]]:
        query_ids = gathered.query.fields['identity']
        gallery_ids = None if gathered.gallery is None else gathered.gallery.fields['identity']
        scores = {}
        for protocol_name, protocol in self.protocols.items():
            ignore = protocol.ignore(gathered.query, gathered.gallery or gathered.query)
            ignore = None if ignore is None else torch.from_numpy(ignore)
            for stage_name, similarity in similarities.items():
                scores[protocol_name, stage_name] = retrieval_scores(similarity, query_ids, gallery_ids, ignore)
        return scores
