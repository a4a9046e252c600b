"""The named steps from embeddings to a ranking. Each builds on the state that the one before it left."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from jaguar_mm.retrieval.arrays import Array
from jaguar_mm.retrieval.calibration import Calibration
from jaguar_mm.retrieval.expansion import database_augmentation, expand_queries, query_expansion
from jaguar_mm.retrieval.mixed_rankings import CalibratedRanking, FusedRanking
from jaguar_mm.retrieval.plain import Plain
from jaguar_mm.retrieval.rankings import CosineRanking, Ranking, RerankedRanking
from jaguar_mm.retrieval.reciprocal import Reciprocal


@dataclass(frozen=True, eq=False)
class State:
    """What the stages pass on.

    Attributes:
        query: Query embeddings (M, D).
        gallery: Gallery embeddings (N, D), or None for the query set against itself.
        query_views: Name of a view to the queries' embeddings of it (M, D).
        gallery_views: The same for the gallery (N, D).
        ranking: What the stage before made of them; None before the first one.
        query_columns: Name of a column to its values for the queries (M,): path, identity, whatever is known.
        gallery_columns: The same for the gallery (N,).
        earlier: Name of each stage so far to its ranking.
    """

    query: Array
    gallery: Array | None = None
    query_views: Mapping[str, Array] = field(default_factory=dict)
    gallery_views: Mapping[str, Array] = field(default_factory=dict)
    ranking: Ranking | None = None
    query_columns: Mapping[str, Sequence] = field(default_factory=dict)
    gallery_columns: Mapping[str, Sequence] = field(default_factory=dict)
    earlier: Mapping[str, Ranking] = field(default_factory=dict)

    def ranked(self) -> Ranking:
        """Return what the stage before made, or the cosines if there is none."""
        return self.ranking or CosineRanking(self.query, self.gallery)

    def embedded(self, query: Array, gallery: Array | None) -> State:
        """Return a state with other embeddings, ranked by their cosines."""
        return replace(self, query=query, gallery=gallery, ranking=CosineRanking(query, gallery))


class Stage(Plain):
    """One step, a plain value.

    Attributes:
        name: Its row in a table of scores, a field of every stage.
    """

    name: str

    @abstractmethod
    def apply(self, state: State) -> State:
        """Return the state with this stage's ranking, which later stages build on."""


@dataclass(frozen=True)
class Cosine(Stage):
    """Cosines of the embeddings as they are."""

    name: str = 'raw'

    def apply(self, state: State) -> State:
        """Return the state ranked by cosines."""
        return state.embedded(state.query, state.gallery)


@dataclass(frozen=True)
class Views(Stage):
    """From here on use the embeddings of a view, such as those averaged with the mirrored image's.

    Args:
        view: Its name.
        name: See :class:`Stage`.
    """

    view: str = 'flip'
    name: str = '+TTA'

    def apply(self, state: State) -> State:
        """Return the state with the view's embeddings.

        Raises:
            ValueError: If one of the sets does not have the view.
        """
        for side, views in (('query', state.query_views), ('gallery', state.gallery_views)):
            if self.view not in views and (side == 'query' or state.gallery is not None):
                raise ValueError(
                    f'stage {self.name!r} needs {side} embeddings of the view {self.view!r} (there are: '
                    f'{", ".join(views) or "none"}): embed the images with this view, or drop the stage'
                )
        gallery = None if state.gallery is None else state.gallery_views[self.view]
        return state.embedded(state.query_views[self.view], gallery)


@dataclass(frozen=True)
class QueryExpansion(Stage):
    """Replace every query by the mean of itself and its nearest neighbours (AQE, alpha-QE).

    With one set every image is both, so all are expanded; with a gallery of its own only the queries are.

    Args:
        k: How many neighbours take part besides the query itself.
        alpha: Neighbour weights are cosine ** alpha; 0 gives all the weight 1.
        name: See :class:`Stage`.
    """

    k: int = 3
    alpha: float = 0.0
    name: str = '+QE'

    def apply(self, state: State) -> State:
        """Return the state with expanded queries."""
        if state.gallery is None:
            return state.embedded(query_expansion(state.query, self.k, self.alpha), None)
        return state.embedded(expand_queries(state.query, state.gallery, self.k, self.alpha), state.gallery)


@dataclass(frozen=True)
class DatabaseAugmentation(Stage):
    """Replace every gallery embedding by a weighted mean of itself and its nearest gallery neighbours (DBA).

    Args:
        k: How many neighbours take part besides the image itself.
        name: See :class:`Stage`.
    """

    k: int = 3
    name: str = '+DBA'

    def apply(self, state: State) -> State:
        """Return the state with an augmented gallery."""
        if state.gallery is None:
            return state.embedded(database_augmentation(state.query, self.k), None)
        return state.embedded(state.query, database_augmentation(state.gallery, self.k))


@dataclass(frozen=True)
class KReciprocalRerank(Stage):
    """k-reciprocal re-ranking (Zhong et al., CVPR 2017) of the state's embeddings, which stay as they are.

    On a small set it can make the ranking worse, and a warning says so where ``k1`` is more than a third of the images.
    Measured on embeddings drawn around centres, sets of 13 to 100, identity-balanced mAP: ``k1=20, k2=6`` lost 0.02 to
    0.17 with two images an animal, at a third of the set or more lost up to 0.06 with three, and gained with five;
    ``k1=4, k2=2`` lost at most 0.03 and gained with three and five. The number of images an animal matters more than
    the size of the set.

    Args:
        k1: Size of the reciprocal neighbourhoods.
        k2: Size of the local expansion.
        lambda_value: Share of the original distance in the final one.
        name: See :class:`Stage`.
    """

    k1: int = 20
    k2: int = 6
    lambda_value: float = 0.3
    name: str = '+re-ranking'

    def apply(self, state: State) -> State:
        """Return the state ranked by 1 less the re-ranked distance."""
        images = len(state.query) + (0 if state.gallery is None else len(state.gallery))
        if self.k1 > images / 3:
            warnings.warn(
                f'KReciprocalRerank: k1={self.k1} is more than a third of the {images} images, and re-ranking may make '
                f'the ranking worse; set k1 to about the number of images of an animal, such as k1=4, k2=2, and '
                f'compare with the plain score',
                stacklevel=2,
            )
        reranking = Reciprocal(state.query, state.gallery, k1=self.k1, k2=self.k2, lambda_value=self.lambda_value)
        return replace(state, ranking=RerankedRanking(reranking))


@dataclass(frozen=True)
class Calibrate(Stage):
    """Bring the ranking of the stage before, or the cosines if there is none, to another scale.

    Args:
        calibration: How; see :mod:`~jaguar_mm.retrieval.calibration_fit`.
        name: See :class:`Stage`.
    """

    calibration: Calibration
    name: str = '+calibration'

    def apply(self, state: State) -> State:
        """Return the state with a calibrated ranking."""
        return replace(state, ranking=CalibratedRanking(state.ranked(), self.calibration))


@dataclass(frozen=True)
class CalibratedFusion(Stage):
    """The mean of what several earlier stages hold probable, each on its own calibration.

    WildFusion (Cermak et al. 2024, section 3) fuses global and local scores so.

    Args:
        stages: Names of the earlier stages.
        calibrations: Of each; see :mod:`~jaguar_mm.retrieval.calibration_fit`.
        weights: Of each, not negative; all the same by default.
        name: See :class:`Stage`.
    """

    stages: tuple[str, ...]
    calibrations: tuple[Calibration, ...]
    weights: tuple[float, ...] | None = None
    name: str = '+fusion'

    def apply(self, state: State) -> State:
        """Return the state with the fused ranking.

        Raises:
            ValueError: If there is no such stage before this one, or numbers do not fit.
        """
        if len(self.calibrations) != len(self.stages):
            raise ValueError(
                f'stage {self.name!r} has {len(self.calibrations)} calibrations for {len(self.stages)} stages'
            )
        for name in self.stages:
            if name not in state.earlier:
                known = ', '.join(state.earlier) or 'none'
                raise ValueError(
                    f'stage {self.name!r} fuses {name!r}, which is no stage before it (there are: {known})'
                )
        parts = zip(self.stages, self.calibrations, strict=True)
        rankings = [CalibratedRanking(state.earlier[name], calibration) for name, calibration in parts]
        return replace(state, ranking=FusedRanking(rankings, self.weights))
