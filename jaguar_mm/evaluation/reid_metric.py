"""The retrieval evaluator: one feature extraction, several named stages, one table of scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mmengine.evaluator import BaseMetric

from jaguar_mm.evaluation.protocols import GROUP, Protocol, check_answerable, honest_protocols
from jaguar_mm.evaluation.scores import named_scores
from jaguar_mm.evaluation.sides import Sides, by_role, columns_of, gather, known
from jaguar_mm.registry import METRICS, STAGES
from jaguar_mm.retrieval import (
    Apart,
    Pipeline,
    Ranking,
    RetrievalScores,
    ShortlistRanking,
    StageRankings,
    score_ranking,
    shortlist_recall,
)

MAIN_METRIC = 'mAP_ib'
PLAIN = 'plain'
ALWAYS = ('image_name', 'img_path', 'identity')  # of every image

Scores = dict[tuple[str, str], RetrievalScores]
Recalls = dict[tuple[str, str], float]


@dataclass(frozen=True)
class RetrievalRun:
    """What a run leaves for reports and submissions.

    Attributes:
        sides: Images and embeddings.
        rankings: Stage name to ranking, in order; made when asked for, none of them a dense matrix.
        scores: (protocol, stage name) to scores; empty if the test set is unlabelled.
        recalls: The same to the recall of the shortlist, for stages that have one.
        apart: Pairs that the first protocol leaves out, whose scores are the headline; None if unlabelled.
    """

    sides: Sides
    rankings: StageRankings
    scores: Scores = field(default_factory=dict)
    recalls: Recalls = field(default_factory=dict)
    apart: Apart | None = None

    @property
    def final_stage(self) -> str:
        """Name of the last stage, whose similarities are submitted and drawn."""
        return list(self.rankings)[-1]

    @property
    def final(self) -> Ranking:
        """The ranking after the last stage."""
        return self.rankings[self.final_stage]

    @property
    def table(self) -> dict[tuple[str, str], dict[str, float]]:
        """(protocol, stage name) to metric name to value.

        A stage that ranks a few candidates only has their recall besides, ``shortlist``; no hit rate of it is higher.
        """
        rows = {key: named_scores(scores) for key, scores in self.scores.items()}
        for key, recall in self.recalls.items():
            rows[key]['shortlist'] = recall
        return rows


@METRICS.register_module()
class ReIDMetric(BaseMetric):
    """Scores of re-identification after each of several retrieval stages.

    The headline keys ``reid/mAP_ib`` and so on are those of the last stage under the first protocol;
    ``reid/plain/mAP_ib`` is the first stage's, before any post-processing, by which to choose among weights. Every
    protocol and stage has its ``reid/<protocol>/<stage>/mAP_ib``, and all its scores in :attr:`run`.

    A gallery image of unknown identity is a distractor: no query's match, and in every list. A query of unknown
    identity is not scored.

    Args:
        stages: Configs of the stages (registry ``STAGES``), applied in order.
        protocols: Protocol name to its arguments (:class:`Protocol`); the first one gives the headline. None: where
            bursts are known those of the query count neither as hit nor as miss, see
            :func:`~jaguar_mm.evaluation.protocols.honest_protocols`.
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
        self.pipeline = Pipeline(tuple(STAGES.build(stage) for stage in stages))
        self.given = {name: Protocol(**arguments) for name, arguments in (protocols or {}).items()}
        self.columns = sorted({'identity'}.union(*(protocol.columns for protocol in self.given.values())))
        self.run: RetrievalRun | None = None

    def needed(self, records: Sequence[dict]) -> set[str]:
        """Return what the data samples of these records must have."""
        optional = {name for name in ('role', *self._asked) if any(record.get(name) for record in records)}
        return {*ALWAYS, *self.columns, *optional}

    @property
    def _asked(self) -> list[str]:
        """Columns that the images may have, besides those that they must have."""
        return [] if self.given else [GROUP]

    def check(self, records: Sequence[dict], *, unlabelled: bool = False) -> list[str]:
        """Look whether images will give a score under every protocol, before any is embedded.

        Args:
            records: What is known of each, see :func:`~jaguar_mm.datasets.records.all_records`.
            unlabelled: Whether it is all right if no identity is known.

        Returns:
            What is not scored, and how often, in sentences.

        Raises:
            ValueError: If a protocol would give no score, or an image comes twice.
        """
        queries, gallery = by_role(records)
        names = [*self.columns, *self._asked]
        query = columns_of(queries, names)
        if unlabelled and not known(query).any():
            return ['no query is of known identity, so there are no scores']
        others = None if gallery is None else columns_of(gallery, names)
        return check_answerable(query, others, self.given or honest_protocols(query, others))

    def process(self, data_batch: object, data_samples: Sequence[dict]) -> None:
        """Keep what one batch's data samples say.

        Args:
            data_batch: Not used.
            data_samples: The model's predictions as dicts, with ``embedding`` (D,).
        """
        for sample in data_samples:
            record = {
                name: sample.get(name) for name in {'image_name', 'img_path', 'role', *self.columns, *self._asked}
            }
            record['embedding'] = sample['embedding'].cpu()
            view = sample.get('view')
            record['views'] = {} if view is None else {view: sample['tta_embedding'].cpu()}
            self.results.append(record)

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Run the stages over the gathered embeddings (rank 0 only) and score each.

        Args:
            results: The records of all ranks.

        Returns:
            Metric name to value; empty for an unlabelled test set, whose similarities are in :attr:`run` all the same.
        """
        sides = gather(results, [*self.columns, *self._asked])
        rankings = self.pipeline(*sides)
        self.run = RetrievalRun(sides, rankings, *(self._score(sides, rankings) if sides.labelled else ()))
        if not self.run.scores:
            return {}
        table = self.run.table
        protocol, stage = next(iter(table))
        headline = table[protocol, self.run.final_stage]
        plain = {f'{PLAIN}/{MAIN_METRIC}': table[protocol, stage][MAIN_METRIC]}
        return headline | plain | {f'{"/".join(key)}/{MAIN_METRIC}': row[MAIN_METRIC] for key, row in table.items()}

    def _score(self, sides: Sides, rankings: StageRankings) -> tuple[Scores, Recalls, Apart]:
        """Return all scores, the recalls of stages that rank a few, and which pairs the first protocol leaves out."""
        scores: Scores = {}
        recalls: Recalls = {}
        columns = sides.query.columns, None if sides.gallery is None else sides.gallery.columns
        protocols = self.given or honest_protocols(*columns)
        aparts = {name: protocol.apart(*columns) for name, protocol in protocols.items()}
        for name, apart in aparts.items():
            for stage in rankings:
                ranking = rankings[stage]
                scores[name, stage] = score_ranking(ranking, *sides.identities, apart=apart)
                if isinstance(ranking, ShortlistRanking):
                    recalls[name, stage] = shortlist_recall(ranking.indices, *sides.identities, apart=apart)
        return scores, recalls, next(iter(aparts.values()))
