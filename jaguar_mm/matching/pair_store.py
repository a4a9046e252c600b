"""Scores of pairs of images, kept so that an interrupted matching goes on where it was."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from jaguar_mm.matching.kept import kept_or_made
from jaguar_mm.matching.keypoints import Keypoints
from jaguar_mm.matching.scores import score_pairs
from jaguar_mm.matching.store import KeypointStore

PART = 128  # pairs that are scored at once and kept in one file
SCORES = 'scores'


class PairStore:
    """Score pairs of image files, or read the scores that are kept; a damaged file is made anew.

    Args:
        folder: Where they are kept.
        keypoints: Gives the keypoints, and the matcher.
    """

    def __init__(self, folder: Path, keypoints: KeypointStore) -> None:
        self.folder, self.keypoints = folder, keypoints

    def __call__(
        self,
        paths: Sequence[str],
        pairs: np.ndarray,
        advance: Callable[[int], None] = lambda pairs: None,
        found: Callable[[int], None] = lambda images: None,
    ) -> np.ndarray:
        """Return the scores of some pairs.

        Args:
            paths: The image files (N).
            pairs: Indices of the two images of each pair, (P, 2).
            advance: Is told how many more pairs are scored.
            found: Is told of how many more images the keypoints are known.

        Returns:
            float32 (P,), see :func:`~jaguar_mm.matching.scores.score_pairs`.
        """
        keys = [self.keypoints.key(path) for path in paths]
        images = self.keypoints(paths, found, keys)
        parts = [pairs[start : start + PART] for start in range(0, len(pairs), PART)]
        return np.concatenate([np.empty(0, np.float32), *(self._part(images, keys, part, advance) for part in parts)])

    def _part(
        self, images: list[Keypoints], keys: list[str], pairs: np.ndarray, advance: Callable[[int], None]
    ) -> np.ndarray:
        named = self.keypoints.matcher.learned + '\n'.join(f'{keys[one]} {keys[other]}' for one, other in pairs)
        entry = f'{hashlib.sha256(named.encode()).hexdigest()[:32]}.safetensors'

        def score() -> dict[str, np.ndarray]:
            return {SCORES: score_pairs(self.keypoints.matcher, images, pairs)}

        scores = kept_or_made(self.folder, entry, SCORES, [SCORES], score)[SCORES]
        advance(len(pairs))
        return scores
