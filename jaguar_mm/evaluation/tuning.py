"""Choose post-processing on labelled images without fooling oneself.

Trying many settings and reporting the best one's score is optimistic. Here the identities are cut into folds; for each
fold the best setting is chosen by all other identities, and only what it gains on the fold counts. A setting is
recommended if this honest gain over plain cosine is above zero in a bootstrap over identities. Neighbours are searched
among all images, as at test time, but no label of a fold takes part in the choice that is judged on it. Where bursts
are known, frames of the query's own burst count neither as hit nor as miss.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from sklearn.model_selection import KFold

from jaguar_mm.evaluation.comparison import bootstrap_interval
from jaguar_mm.evaluation.protocols import honest_protocols
from jaguar_mm.registry import STAGES
from jaguar_mm.retrieval import Pipeline, score_ranking
from jaguar_mm.retrieval.metrics import by_identity
from jaguar_mm.storage import EmbeddingSet

Setting = tuple[dict, ...]  # configs of stages, in order

COSINE: Setting = (dict(type='Cosine'),)
EXPANSIONS = (None, *(dict(type='QueryExpansion', k=k, alpha=alpha) for k in (1, 3, 5) for alpha in (0.0, 3.0)))
AUGMENTATIONS = (None, dict(type='DatabaseAugmentation', k=3))
RERANKINGS = (
    None,
    *(
        dict(type='KReciprocalRerank', k1=k1, k2=k2, lambda_value=share)
        for k1, k2 in ((6, 3), (10, 3), (15, 3), (20, 6))
        for share in (0.1, 0.3)
    ),
)
FOLDS = 5
FEWEST = 4  # identities


@dataclass(frozen=True)
class Tuned:
    """What tuning found.

    Attributes:
        settings: All that were tried, plain cosine first.
        scores: Mean AP of every identity under every setting (S, I).
        best: Index of the setting that all identities together like best.
        gain: Mean over identities of what the setting chosen without them gains over plain cosine.
        low: Lower end of its bootstrap interval.
        high: Upper end.
    """

    settings: list[Setting]
    scores: np.ndarray
    best: int
    gain: float
    low: float
    high: float

    @property
    def recommended(self) -> Setting:
        """The best setting if its honest gain exceeds the noise, else plain cosine."""
        return self.settings[self.best] if self.low > 0 else COSINE


def post_processing_grid(views: Sequence[str]) -> list[Setting]:
    """Return the settings to try, plain cosine first.

    Args:
        views: Names of the test-time views that there are embeddings of.
    """
    choices = (None, *(dict(type='Views', view=view) for view in views))
    combinations = product(choices, EXPANSIONS, AUGMENTATIONS, RERANKINGS)
    return [(*COSINE, *(stage for stage in stages if stage)) for stages in combinations]


def tune(
    embeddings: EmbeddingSet,
    settings: Sequence[Setting],
    *,
    seed: int = 0,
    advance: Callable[[], object] = lambda: None,
) -> Tuned:
    """Score all settings and judge the choice among them on identities that had no part in it.

    Args:
        embeddings: Of labelled images, searched for among themselves.
        settings: What to try, plain cosine first.
        seed: Of the folds and the bootstrap.
        advance: Called after each setting.

    Raises:
        ValueError: If fewer than four identities have two images.
    """
    scores = []
    for setting in settings:
        scores.append(_identity_scores(embeddings, setting))
        advance()
    table = np.array(scores)  # (S, I)
    if table.shape[1] < FEWEST:
        raise ValueError(f'tuning needs {FEWEST} identities with two images or more, got {table.shape[1]}')
    gains = held_out_gains(table, seed)
    low, high = bootstrap_interval(gains, seed)
    return Tuned(list(settings), table, int(table.mean(1).argmax()), float(gains.mean()), low, high)


def held_out_gains(scores: np.ndarray, seed: int) -> np.ndarray:
    """Return what each identity gains (I,) over the first setting by the one that the other folds' identities choose.

    Args:
        scores: Every setting's score of every identity (S, I).
        seed: Of the folds.
    """
    gains = np.empty(scores.shape[1])
    folds = KFold(min(FOLDS, scores.shape[1]), shuffle=True, random_state=seed)
    for others, fold in folds.split(scores.T):
        chosen = scores[:, others].mean(1).argmax()
        gains[fold] = scores[chosen, fold] - scores[0, fold]
    return gains


def _identity_scores(embeddings: EmbeddingSet, setting: Setting) -> list[float]:
    """Return the mean AP of every identity that has one, after the setting's last stage."""
    identities = embeddings.column('identity')
    ranking = Pipeline(tuple(STAGES.build(stage) for stage in setting)).final(embeddings)
    protocol = next(iter(honest_protocols(embeddings.columns, None).values()))
    ranks = score_ranking(ranking, identities, apart=protocol.apart(embeddings.columns, None)).ranks
    return [score.mean_ap for score in by_identity(ranks.average_precision, identities).values()]
