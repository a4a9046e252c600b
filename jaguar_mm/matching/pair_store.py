"""Scores of pairs of images, kept so that each pair is matched once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from jaguar_mm.matching.score_table import ScoreTable
from jaguar_mm.matching.scores import score_pairs
from jaguar_mm.matching.store import KeypointStore

PART = 128  # pairs that are scored and kept at once


class PairStore:
    """Score pairs of image files, or read the scores that are kept, whatever other pairs were scored with them.

    Args:
        path: The table in which they are kept.
        keypoints: Gives the keypoints, and the matcher.
    """

    def __init__(self, path: Path, keypoints: KeypointStore) -> None:
        self.table, self.keypoints = ScoreTable(path), keypoints

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
        images = [self.keypoints.key(path) for path in paths]
        keypoints = self.keypoints(paths, found, images)
        keys = [self._key(images[one], images[other]) for one, other in pairs]
        known = self.table.known(keys)
        missing = np.array([place for place, key in enumerate(keys) if key not in known], np.int64)
        advance(len(keys) - len(missing))
        for start in range(0, len(missing), PART):
            part = missing[start : start + PART]
            scores = score_pairs(self.keypoints.matcher, keypoints, pairs[part])
            made = {keys[place]: float(score) for place, score in zip(part, scores, strict=True)}
            self.table.keep(made)
            known |= made
            advance(len(part))
        return np.array([known[key] for key in keys], np.float32)

    def _key(self, one: str, other: str) -> bytes:
        """Return what tells a pair from all others, whichever image comes first."""
        named = '\n'.join([self.keypoints.matcher.learned, *sorted((one, other))])
        return hashlib.sha256(named.encode()).digest()[:16]
