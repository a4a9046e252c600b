"""The named steps on keypoints: all descriptors of a gallery at once, or image by image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from jaguar_mm.matching.aliked import AlikedLightGlue
from jaguar_mm.matching.keypoints import Matcher
from jaguar_mm.matching.lnbnn import lnbnn_scores
from jaguar_mm.matching.pair_store import PairStore
from jaguar_mm.matching.stage import KeypointStage, progress_bars
from jaguar_mm.matching.store import KeypointStore
from jaguar_mm.retrieval import Apart, ShortlistRanking
from jaguar_mm.retrieval.plain import check_number, check_whole
from jaguar_mm.retrieval.shortlist import united
from jaguar_mm.retrieval.stage import State


@dataclass(frozen=True)
class LNBNN(KeypointStage):
    """Rank by how much nearer the images' descriptors are than others, see :func:`~jaguar_mm.matching.lnbnn_scores`.

    Images that no descriptor speaks for come last, in the order that they had. Other settings:
    :class:`~jaguar_mm.matching.stage.KeypointStage`.

    Args:
        k: Neighbours of a descriptor.
        apart: Columns in which two images must differ, such as group; others are no neighbours.
        name: See :class:`~jaguar_mm.retrieval.Stage`.
    """

    k: int = 4
    apart: tuple[str, ...] = ()
    name: str = '+LNBNN'

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole('LNBNN', 1, k=self.k)
        object.__setattr__(self, 'apart', (self.apart,) if isinstance(self.apart, str) else tuple(self.apart))

    def apply(self, state: State) -> State:
        """Return the state ranked by descriptors.

        Raises:
            ValueError: If the files of the images are not known, one is not what was embedded, or a column of ``apart``
                is not known.
            ModuleNotFoundError: If a package that the matcher needs is not installed.
        """
        before, paths = state.ranked(), self.paths(state)
        gallery_columns = None if before.one_set else state.gallery_columns
        apart = Apart.by_name(state.query_columns, gallery_columns, different=self.apart)
        queries = before.shape[0]
        with progress_bars(keypoints=len(paths), queries=queries) as (found, searched):
            images = self.store(state.query_columns, state.gallery_columns)(paths, found)
            gallery = None if before.one_set else images[queries:]
            scores, indices = lnbnn_scores(images[:queries], gallery, self.k, apart=apart, advance=searched)
        return replace(state, ranking=ShortlistRanking(before, indices, scores))


@dataclass(frozen=True)
class LocalMatching(KeypointStage):
    """Compare the coats of each query and its best candidates point by point, and rank these by it.

    A candidate's score is its similarity before, from 0 to 1, plus its local score (see
    :func:`~jaguar_mm.matching.pair_score`) times ``trust``. Local scores are kept as keypoints are. Other settings:
    :class:`~jaguar_mm.matching.stage.KeypointStage`.

    Args:
        k: Candidates of each query by each of ``stages``.
        trust: How much the local score counts; None: it alone does.
        stages: Names of the earlier stages whose candidates are looked at, such as ``('raw', '+LNBNN')``; the
            similarity before is the first one's. By default the stage before.
        weights: File that ``jaguar-mm train-matcher`` wrote, for ``matcher='aliked'``; None: as the package has them.
        name: See :class:`~jaguar_mm.retrieval.Stage`.
    """

    k: int = 50
    trust: float | None = 1.0
    stages: tuple[str, ...] = ()
    weights: str | None = None
    name: str = '+local'

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole('LocalMatching', 1, k=self.k)
        if self.trust is not None:
            check_number('LocalMatching', 0, trust=self.trust)
        if isinstance(self.stages, str):
            raise ValueError(f'LocalMatching.stages is the text {self.stages!r}; write ({self.stages!r},)')
        object.__setattr__(self, 'stages', tuple(self.stages))
        if self.weights is not None and self.matcher != 'aliked':
            raise ValueError(f"LocalMatching.weights are for matcher='aliked', not {self.matcher!r}; leave them out")

    def built_matcher(self) -> Matcher:
        """Return a matcher, with the weights."""
        return (
            super().built_matcher() if self.weights is None else AlikedLightGlue(self.keypoints, weights=self.weights)
        )

    def apply(self, state: State) -> State:
        """Return the state with the candidates ranked by their keypoints.

        Raises:
            ValueError: If the files of the images are not known, one is not what was embedded, or there is no such
                stage before this one.
            ModuleNotFoundError: If a package that the matcher needs is not installed.
        """
        paths = self.paths(state)
        rankings = [state.ranking_of(name, self.name) for name in self.stages] or [state.ranked()]
        before, indices = rankings[0], united([ranking.top_k(self.k)[1] for ranking in rankings])
        rows, columns = np.nonzero(indices >= 0)
        first_of_gallery = 0 if before.one_set else before.shape[0]
        own = np.zeros(indices.shape)
        store = self.store(state.query_columns, state.gallery_columns)
        pairs = np.stack([rows, first_of_gallery + indices[rows, columns]], 1)
        own[rows, columns] = _scores(store, paths, pairs)
        scores = own if self.trust is None else before.to_unit_interval(before.at(indices)) + self.trust * own
        return replace(state, ranking=ShortlistRanking(before, indices, scores, own))


def _scores(keypoints: KeypointStore, paths: Sequence[str], pairs: np.ndarray) -> np.ndarray:
    """Score pairs of files (P, 2), each once, whichever image comes first."""
    unique, place = np.unique(np.sort(pairs, 1), axis=0, return_inverse=True)
    seen, unique = np.unique(unique, return_inverse=True)  # images that no pair has need no keypoints
    paths, unique = [paths[image] for image in seen], unique.reshape(-1, 2)
    kept = PairStore(keypoints.folder.with_name('pairs') / 'scores.sqlite', keypoints)
    with progress_bars(keypoints=len(paths), pairs=len(unique)) as (found, scored):
        return kept(paths, unique, scored, found)[place.ravel()]
