"""Does a model recognise the animal or the place? Scores under background conditions, and a verdict in words.

Two kinds of rows. In the first, queries and gallery are under the same condition; the background alone scoring above
chance says that the embedding holds what tells places apart, not that it is used while an animal is there. In the
second (a cue conflict, after Geirhos et al., ICLR 2019) an image with another animal's background is sought among
the original images, and it shows which of the two it leads to; the two images that it was made of are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jaguar_mm.evaluation.comparison import bootstrap_interval
from jaguar_mm.retrieval import cosine_similarity, per_identity_map
from jaguar_mm.retrieval.columns import is_unknown
from jaguar_mm.retrieval.metrics import by_identity
from jaguar_mm.retrieval.sets import SAME, match_sets

MOSTLY = 2 / 3  # share of swapped images nearer to their background from which on it counts; half is chance


@dataclass(frozen=True)
class Score:
    """Identity-balanced mAP.

    Attributes:
        mean_ap: The score.
        low: Lower end of its 95 % interval, identities drawn anew.
        high: Upper end.
        chance: What random similarities score on average.
    """

    mean_ap: float
    low: float
    high: float
    chance: float

    @property
    def above_chance(self) -> bool:
        """Whether the interval lies above chance."""
        return self.low > self.chance


@dataclass(frozen=True)
class Reliance:
    """What a model makes of animals and backgrounds.

    Attributes:
        conditions: Score of every condition, queries and gallery alike.
        animal: Score of swapped queries among original images, the animal's other images being right.
        place: The same, the other images of the animal that the background belongs to being right.
        nearer_place: Share of swapped images whose embedding is nearer to the image that their background is of
            than to the one that their animal is of.
    """

    conditions: dict[str, Score]
    animal: Score
    place: Score
    nearer_place: float

    @property
    def ratio(self) -> float | None:
        """Background to foreground: ``(background - chance) / (foreground - chance)``, not below 0.

        None if the animal alone is not recognised above chance, so that there is nothing to compare with.
        """
        background, foreground = self.conditions['background'], self.conditions['foreground']
        if foreground.mean_ap <= foreground.chance:
            return None
        return max(0.0, background.mean_ap - background.chance) / (foreground.mean_ap - foreground.chance)

    @property
    def verdict(self) -> str:
        """The result in words."""
        astray = self.place.above_chance
        if (astray and self.place.mean_ap > self.animal.mean_ap) or self.nearer_place > MOSTLY:
            return 'exposed: swapped images follow their background rather than their animal'
        if astray:
            return 'partly exposed: swapped images follow their background too, but their animal more'
        if self.animal.above_chance:
            return 'clear: swapped images follow their animal and not their background'
        return 'neither: swapped images follow their animal no more than chance does, nor their background'


def choose_donors(identities: Sequence, seed: int = 0) -> np.ndarray:
    """Return for each image (N,) the index of one of another, known identity, drawn at random.

    Raises:
        ValueError: If all are of one identity.
    """
    column, known = np.asarray(identities, dtype=object), _known(identities)
    if len(set(column[known])) < 2:
        raise ValueError('backgrounds cannot be swapped: all images are of one identity')
    rng = np.random.default_rng(seed)
    return np.array([rng.choice(np.flatnonzero(known & (column != identity))) for identity in column])


def measure_reliance(
    embeddings: Mapping[str, np.ndarray],
    identities: Sequence,
    donors: np.ndarray,
    roles: Sequence[str | None] | None = None,
    seed: int = 0,
) -> Reliance:
    """Score the same images under all conditions.

    Args:
        embeddings: Condition to embeddings (N, D), see :mod:`~jaguar_mm.datasets.transforms.condition`.
        identities: Of the images (N,).
        donors: Index of the image (N,) that gave each swapped one its background.
        roles: ``'query'`` or ``'gallery'`` (N,); None, or all None: each image is sought among all others.
        seed: Of the bootstrap.

    Raises:
        ValueError: If an embedding is unusable.
    """
    ids = np.asarray(identities, dtype=object)
    query, gallery = _sides(roles, len(ids))
    itself = query[:, None] == gallery[None, :]  # (M, G)
    conditions = {
        condition: _score(cosine_similarity(rows[query], rows[gallery]), ids[query], ids[gallery], itself, seed)
        for condition, rows in embeddings.items()
    }
    conflict = cosine_similarity(embeddings['swapped'][query], embeddings['original'][gallery])
    made_of = itself | (donors[query][:, None] == gallery[None, :])
    swapped_to_original = cosine_similarity(embeddings['swapped'], embeddings['original'])
    everyone = np.arange(len(ids))
    nearer = swapped_to_original[everyone, donors] > swapped_to_original[everyone, everyone]
    nearer = nearer[_known(ids)]  # the donor of another one may show the same animal
    return Reliance(
        conditions,
        animal=_score(conflict, ids[query], ids[gallery], made_of, seed),
        place=_score(conflict, ids[donors[query]], ids[gallery], made_of, seed),
        nearer_place=float(nearer.mean()),
    )


def chance_precision(positives: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """Return the expected average precision of a random ranking (Bestgen, 2015); NaN without a positive.

    Args:
        positives: How many of the candidates are right, for each query (M,).
        candidates: How many there are (M,).
    """
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, candidates.max() + 1))])[candidates]
    share = (positives - 1) / np.maximum(candidates - 1, 1)
    expected = (harmonic + share * (candidates - harmonic)) / np.maximum(candidates, 1)
    return np.where(positives > 0, expected, np.nan)


def _known(identities: Sequence) -> np.ndarray:
    """Return which images are of known identity, boolean (N,)."""
    return np.array([not is_unknown(identity) for identity in identities], bool)


def _sides(roles: Sequence[str | None] | None, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of the queries (M,) and of the gallery (G,)."""
    if roles is None or set(roles) == {None}:
        return np.arange(count), np.arange(count)
    column = np.asarray(roles, dtype=object)
    return np.flatnonzero(column == 'query'), np.flatnonzero(column == 'gallery')


def _score(
    similarity: np.ndarray, query_ids: np.ndarray, gallery_ids: np.ndarray, ignore: np.ndarray, seed: int
) -> Score:
    """Score similarities (M, G), pairs to ignore left out."""
    scores = per_identity_map(similarity, query_ids, gallery_ids, ignore=ignore)
    right = match_sets(similarity.shape, query_ids, gallery_ids, ignore).marks(slice(0, len(similarity))) == SAME
    chance = by_identity(chance_precision(right.sum(1), (~ignore).sum(1)), query_ids)
    values = np.array([score.mean_ap for score in scores.values()])
    low, high = bootstrap_interval(values, seed)
    return Score(float(values.mean()), low, high, float(np.mean([score.mean_ap for score in chance.values()])))
