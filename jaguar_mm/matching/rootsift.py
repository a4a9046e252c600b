"""Upright RootSIFT keypoints, matched where they are nearest to each other and fit one perspective."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from jaguar_mm.matching.animal import Animal
from jaguar_mm.matching.keypoints import Keypoints, Matches, no_keypoints

WIDTH = 128  # numbers of a descriptor
CONTRAST = 0.01  # SIFT's default is 0.04; coats have faint spots
ERROR = 0.03  # of a match that fits, as a share of the longer side of the second animal
FEWEST = 4  # matches that fix a perspective


class RootSIFT:
    """SIFT (Lowe 2004) without rotation, since animals stand upright, under the Hellinger kernel.

    Arandjelovic and Zisserman, CVPR 2012, section 2. Two keypoints correspond if each is the other's nearest and both
    fit the homography that MAGSAC++ (Barath et al., CVPR 2020) finds; their confidence is the cosine of their
    descriptors. OpenCV is all that is needed.

    Args:
        count: Most keypoints of an image, those of strongest contrast.
    """

    learned = ''

    def __init__(self, count: int = 256) -> None:
        self.count = count
        self.fingerprint = f'rootsift {count} opencv {cv2.__version__}'
        self._sift: Any = cv2.SIFT_create(contrastThreshold=CONTRAST)  # type: ignore[attr-defined]

    def detect(self, animal: Animal) -> Keypoints:
        """Return the keypoints of an animal; see :class:`~jaguar_mm.matching.keypoints.Matcher`."""
        grey = cv2.cvtColor(animal.pixels, cv2.COLOR_RGB2GRAY)
        upright = {(spot.pt, spot.size): spot for spot in self._sift.detect(grey, animal.inside.astype(np.uint8))}
        spots = sorted(upright.values(), key=lambda spot: -spot.response)[: self.count]
        if not spots:
            return no_keypoints(WIDTH, animal.box)
        for spot in spots:
            spot.angle = 0
        spots, described = self._sift.compute(grey, spots)
        described = np.sqrt(described / np.maximum(described.sum(1, keepdims=True), 1e-9))
        points = np.array([spot.pt for spot in spots], np.float32)
        scores = np.array([spot.response for spot in spots], np.float32)
        return Keypoints(animal.to_image(points), described.astype(np.float16), scores, animal.box)

    def match(self, first: list[Keypoints], second: list[Keypoints]) -> list[Matches]:
        """Return what corresponds in each pair; see :class:`~jaguar_mm.matching.keypoints.Matcher`."""
        return [_match(one, other) for one, other in zip(first, second, strict=True)]


def _match(one: Keypoints, other: Keypoints) -> Matches:
    cosines = one.descriptors.astype(np.float32) @ other.descriptors.astype(np.float32).T  # (n, m)
    nearest, back = cosines.argmax(1), cosines.argmax(0)
    mutual = np.flatnonzero(back[nearest] == np.arange(len(one)))
    places = np.stack([mutual, nearest[mutual]], 1)
    fitting = _fitting(one.points[places[:, 0]], other.points[places[:, 1]], other.box)
    places = places[fitting]
    return Matches(places, np.clip(cosines[places[:, 0], places[:, 1]], 0, 1))


def _fitting(points: np.ndarray, partners: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Return which of some matches fit one homography (m,)."""
    if len(points) < FEWEST:
        return np.zeros(len(points), bool)
    error = ERROR * float(max(box[2:] - box[:2]))
    _, fitting = cv2.findHomography(points, partners, cv2.USAC_MAGSAC, error, maxIters=2000, confidence=0.999)
    return np.zeros(len(points), bool) if fitting is None else fitting.ravel().astype(bool)
