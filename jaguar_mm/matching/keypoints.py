"""Keypoints of an image, and what corresponds between two images."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np

from jaguar_mm.matching.animal import Animal


class Keypoints(NamedTuple):
    """Distinctive points of one image with what they look like.

    Attributes:
        points: x to the right and y downwards, in pixels of the image, float32 (n, 2).
        descriptors: One vector a point, float16 (n, d).
        scores: How distinctive each point is, float32 (n,).
        box: Left, top, right and bottom of the part of the image that they were sought in, in its pixels, float32 (4,).
    """

    points: np.ndarray
    descriptors: np.ndarray
    scores: np.ndarray
    box: np.ndarray

    def __len__(self) -> int:
        return len(self.points)


class Matches(NamedTuple):
    """Which points of two images correspond.

    Attributes:
        places: Index of the point in the first image and in the second, int64 (m, 2).
        confidences: How certain each is, float32 (m,), from 0 to 1.
    """

    places: np.ndarray
    confidences: np.ndarray


class Matcher(Protocol):
    """A detector of keypoints with the matcher that goes with it.

    Attributes:
        fingerprint: A short text that differs where keypoints may, or matches of matchers as they come.
        learned: A text that differs where matchers with these keypoints were trained otherwise, '' as they come.
    """

    fingerprint: str
    learned: str

    def detect(self, animal: Animal) -> Keypoints:
        """Return the keypoints of an animal, none if there is nothing to see."""

    def match(self, first: list[Keypoints], second: list[Keypoints]) -> list[Matches]:
        """Return what corresponds in each pair of images; none of them is without keypoints.

        Args:
            first: Keypoints of the first image of each pair (P).
            second: Of the second image of each pair (P).
        """


def no_keypoints(width: int, box: np.ndarray) -> Keypoints:
    """Return the keypoints of an image that has none; descriptors would have ``width`` numbers."""
    return Keypoints(np.empty((0, 2), np.float32), np.empty((0, width), np.float16), np.empty(0, np.float32), box)
