"""Two animals side by side with the spots joined that correspond: why a pair has its local score."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from jaguar_mm.images import LoadedImage
from jaguar_mm.matching import Keypoints, Matches, cut_out
from jaguar_mm.reports.lettering import write
from jaguar_mm.reports.sheet import BORDER, GAP, PAPER, UNKNOWN

PANEL = (260, 390)  # height, width in px of one animal
CAPTION = 20  # px
UNSURE, CERTAIN = np.array([(255, 140, 40), (70, 220, 110)])  # RGB of lines
FINE = 4  # places of a line's end within a pixel, as a power of two
DOT = 2  # px, radius
VEIL = 0.5  # how opaque lines are


@dataclass(frozen=True)
class Pair:
    """Two images and what corresponds in them.

    Attributes:
        images: Both.
        keypoints: Of both.
        matches: What corresponds.
        caption: A line under them.
        frame: Colour of the border, RGB.
    """

    images: tuple[LoadedImage, LoadedImage]
    keypoints: tuple[Keypoints, Keypoints]
    matches: Matches
    caption: str = ''
    frame: tuple[int, int, int] = UNKNOWN


def draw_correspondences(pair: Pair, count: int = 40) -> np.ndarray:
    """Draw two animals, cut out as they are compared, and lines between their most certain correspondences.

    Args:
        pair: The images.
        count: Most lines; green ones are certain, orange ones are not.

    Returns:
        RGB image uint8 (H, W, 3).
    """
    height, width = PANEL[0] + 2 * BORDER + CAPTION, 2 * PANEL[1] + GAP + 2 * BORDER
    drawn = np.full((height, width, 3), PAPER, np.uint8)
    drawn[: PANEL[0] + 2 * BORDER] = pair.frame
    ends = []
    for side, (image, keypoints) in enumerate(zip(pair.images, pair.keypoints, strict=True)):
        left, top = BORDER + side * (PANEL[1] + GAP), BORDER
        panel, places = _panel(image, keypoints)
        drawn[top : top + PANEL[0], left : left + PANEL[1]] = panel
        ends.append(places + np.array([left, top]))
    _join(drawn, [(ends[0][one], ends[1][other], sure) for one, other, sure in _best(pair.matches, count)])
    write(drawn, pair.caption, (BORDER, height - 6), 0.42, width - 2 * BORDER)
    return drawn


def draw_pairs(pairs: list[Pair], count: int = 40) -> np.ndarray:
    """Draw several pairs, one below the other, RGB uint8 (H, W, 3); see :func:`draw_correspondences`.

    Raises:
        ValueError: If there are none.
    """
    if not pairs:
        raise ValueError('there are no pairs to draw')
    gap = np.full((GAP, 2 * PANEL[1] + GAP + 2 * BORDER, 3), PAPER, np.uint8)
    return np.concatenate([part for pair in pairs for part in (draw_correspondences(pair, count), gap)])


def _panel(image: LoadedImage, keypoints: Keypoints) -> tuple[np.ndarray, np.ndarray]:
    """Return the animal in the middle of a panel (H, W, 3), and where its keypoints are there (n, 2)."""
    animal = cut_out(image, max(PANEL))
    pixels, box = animal.pixels, animal.box
    scale = min(PANEL[0] / pixels.shape[0], PANEL[1] / pixels.shape[1])
    size = np.maximum(1, np.round(np.array(pixels.shape[1::-1]) * scale)).astype(int)  # width, height
    offset = (np.array(PANEL[::-1]) - size) // 2
    panel = np.zeros((*PANEL, 3), np.uint8)
    small = cv2.resize(pixels, size.tolist(), interpolation=cv2.INTER_AREA)
    panel[offset[1] : offset[1] + size[1], offset[0] : offset[0] + size[0]] = small
    places = (keypoints.points + 0.5 - box[:2]) * size / (box[2:] - box[:2]) - 0.5 + offset
    return panel, places


def _best(matches: Matches, count: int) -> list[tuple[int, int, float]]:
    """Return the most certain matches, the most certain one last, so that it lies on top."""
    order = np.argsort(-matches.confidences, kind='stable')[:count][::-1]
    return [(*matches.places[place].tolist(), float(matches.confidences[place])) for place in order]


def _join(drawn: np.ndarray, joined: list[tuple[np.ndarray, np.ndarray, float]]) -> None:
    """Draw lines, which let the coat shine through, with a dot at each end; the last one lies on top."""
    lines = drawn.copy()
    fine = [
        ([[round(float(value) * 2**FINE) for value in end] for end in ends], _colour(sure)) for *ends, sure in joined
    ]
    for (start, end), colour in fine:
        cv2.line(lines, start, end, colour, 1, cv2.LINE_AA, FINE)
    cv2.addWeighted(lines, VEIL, drawn, 1 - VEIL, 0, dst=drawn)
    for ends, colour in fine:
        for point in ends:
            cv2.circle(drawn, point, DOT << FINE, colour, -1, cv2.LINE_AA, FINE)


def _colour(confidence: float) -> list[int]:
    return (UNSURE + confidence * (CERTAIN - UNSURE)).round().astype(int).tolist()
