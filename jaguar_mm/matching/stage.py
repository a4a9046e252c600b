"""Local matching as a stage of retrieval."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from rich.console import Console
from rich.progress import Progress

from jaguar_mm.images import Segmenter
from jaguar_mm.images.cache.place import user_folder
from jaguar_mm.images.masks import load_masked
from jaguar_mm.matching.aliked import AlikedLightGlue
from jaguar_mm.matching.keypoints import Matcher
from jaguar_mm.matching.pair_store import PairStore
from jaguar_mm.matching.rootsift import RootSIFT
from jaguar_mm.matching.store import KeypointStore
from jaguar_mm.retrieval import ShortlistRanking, Stage
from jaguar_mm.retrieval.stage import State

MATCHERS: dict[str, Callable[..., Matcher]] = {'aliked': AlikedLightGlue, 'rootsift': RootSIFT}
PATH = 'path'


@dataclass(frozen=True)
class LocalMatching(Stage):
    """Compare the coats of each query and its k best candidates point by point, and rank these by it.

    A candidate's score is its similarity before, from 0 to 1, plus its local score (see
    :func:`~jaguar_mm.matching.pair_score`) times ``trust``. Keypoints and local scores are kept beside the cache of
    images, so that another run finds them.

    Args:
        k: Candidates of each query, those of the stage before.
        trust: How much the local score counts; None: it alone does.
        matcher: One of :data:`MATCHERS`.
        keypoints: Most keypoints of an image.
        size: Longer side of the animal in pixels.
        masks: Whether to outline the animal in images without alpha, see :class:`~jaguar_mm.images.Segmenter`.
        weights: File that ``jaguar-mm train-matcher`` wrote, for ``matcher='aliked'``; None: as the package has them.
        name: See :class:`~jaguar_mm.retrieval.Stage`.
    """

    k: int = 50
    trust: float | None = 1.0
    matcher: str = 'aliked'
    keypoints: int = 256
    size: int = 512
    masks: bool = False
    weights: str | None = None
    name: str = '+local'

    def __post_init__(self) -> None:
        if self.matcher not in MATCHERS:
            raise ValueError(f'LocalMatching.matcher is {self.matcher!r}, not one of {", ".join(MATCHERS)}')
        if self.weights is not None and self.matcher != 'aliked':
            raise ValueError(f"LocalMatching.weights are for matcher='aliked', not {self.matcher!r}; leave them out")

    def apply(self, state: State) -> State:
        """Return the state with the candidates ranked by their keypoints.

        Raises:
            ValueError: If the files of the images are not known.
            ModuleNotFoundError: If a package that the matcher needs is not installed.
        """
        before = state.ranked()
        similarities, indices = before.top_k(self.k)
        query = _paths(self.name, state.query_columns)
        paths = query if before.one_set else [*query, *_paths(self.name, state.gallery_columns)]
        rows, columns = np.nonzero(indices >= 0)
        pairs = np.stack([rows, indices[rows, columns] + (0 if before.one_set else len(query))], 1)
        scores = np.zeros(indices.shape)
        scores[rows, columns] = self._scores(paths, pairs)
        if self.trust is not None:
            scores = before.to_unit_interval(similarities) + self.trust * scores
        return replace(state, ranking=ShortlistRanking(before, indices, scores))

    def _scores(self, paths: Sequence[str], pairs: np.ndarray) -> np.ndarray:
        """Score pairs of files (P, 2), each once, whichever image comes first."""
        unique, place = np.unique(np.sort(pairs, 1), axis=0, return_inverse=True)
        seen, unique = np.unique(unique, return_inverse=True)  # images that no pair has need no keypoints
        paths, unique = [paths[image] for image in seen], unique.reshape(-1, 2)
        given = {} if self.weights is None else dict(weights=self.weights)
        folder, matcher = user_folder() / 'matching', MATCHERS[self.matcher](self.keypoints, **given)
        segmenter = Segmenter() if self.masks else None
        load, masks = partial(load_masked, segmenter=segmenter), segmenter.fingerprint if segmenter else ''
        keypoints = KeypointStore(folder / 'keypoints', matcher, load, masks, self.size)
        with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
            of_images = progress.add_task('keypoints', total=len(paths))
            of_pairs = progress.add_task('pairs', total=len(unique))
            scores = PairStore(folder / 'pairs', keypoints)(
                paths,
                unique,
                advance=lambda count: progress.advance(of_pairs, count),
                found=lambda count: progress.advance(of_images, count),
            )
        return scores[place.ravel()]


def _paths(stage: str, columns: Mapping[str, Sequence]) -> list[str]:
    paths = columns.get(PATH)
    if paths is None or any(path is None for path in paths):
        raise ValueError(f'stage {stage!r} looks into the images, but their files are not known (no column {PATH!r})')
    return [str(path) for path in paths]
