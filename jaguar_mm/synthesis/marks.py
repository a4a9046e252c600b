"""The marks of a coat, drawn on the coat plane: rosettes, spots, bands and the face."""

from __future__ import annotations

import cv2
import numpy as np

from jaguar_mm.synthesis.anatomy import COAT_EXTENT, COAT_ORIGIN, FACE

DARK, GROUND = range(2)  # channels: black marks, darker ground inside rosettes
OVERSAMPLING = 2
SOFTNESS, CONTRAST = 0.006, 2.6  # blur of the marks in torso lengths, and how much of it is sharpened away again
SUBPIXEL = 4  # bits of the drawing functions' fixed-point coordinates


class Canvas:
    """Coat marks under way, drawn larger than they are kept.

    Args:
        resolution: Pixels per torso length of the finished coat.
    """

    def __init__(self, resolution: int) -> None:
        self.size = tuple(np.ceil(COAT_EXTENT * resolution).astype(int).tolist())  # width and height
        self.scale = OVERSAMPLING * resolution
        width, height = (OVERSAMPLING * side for side in self.size)
        self.channels = [np.zeros((height, width), np.uint8) for _ in (DARK, GROUND)]

    def fill(self, channel: int, outline: np.ndarray) -> None:
        """Fill a polygon (N, 2) in a channel."""
        cv2.fillPoly(self.channels[channel], [self._fixed(outline)], 255, cv2.LINE_8, SUBPIXEL)

    def stroke(self, curve: np.ndarray, radii: np.ndarray) -> None:
        """Draw a dark line of varying breadth: discs of the given radii (N,) along a curve (N, 2); 0 is a gap."""
        for centre, radius in zip(self._fixed(curve).tolist(), radii, strict=True):
            if radius > 0:
                size = round(radius * self.scale * 2**SUBPIXEL)
                cv2.circle(self.channels[DARK], centre, size, 255, -1, cv2.LINE_8, SUBPIXEL)

    def finish(self) -> np.ndarray:
        """Return the marks, softened as by fur; uint8 (H, W, 2)."""
        soft = [cv2.GaussianBlur(channel, (0, 0), SOFTNESS * self.scale) for channel in self.channels]
        marks = np.dstack([cv2.resize(channel, self.size, interpolation=cv2.INTER_AREA) for channel in soft])
        return np.clip(CONTRAST * (marks.astype(np.float32) - 127) + 127, 0, 255).astype(np.uint8)

    def _fixed(self, points: np.ndarray) -> np.ndarray:
        return np.round((points - COAT_ORIGIN) * self.scale * 2**SUBPIXEL).astype(np.int32)


def draw_rosette(rng: np.random.Generator, canvas: Canvas, centre: np.ndarray, cell: np.ndarray) -> None:
    """Draw a broken ring along the cell's border, darker ground inside it and up to three dots."""
    size = np.linalg.norm(cell, axis=1).mean()
    ring = cell * rng.uniform(0.64, 0.74)
    canvas.fill(GROUND, centre + ring)
    angle = np.linspace(0, 2 * np.pi, len(cell), endpoint=False)
    waves = sum(rng.uniform(0.2, 0.6) * np.cos(k * angle + rng.uniform(0, 2 * np.pi)) for k in (2, 3, 5))
    canvas.stroke(centre + ring, size * np.clip(0.17 + 0.12 * waves, 0, 0.28) * (waves > -0.7))
    for _ in range(rng.choice(4, p=[0.3, 0.35, 0.25, 0.1])):
        dot = centre + 0.3 * rng.uniform(-1, 1, 2) * np.abs(cell).max(0)
        canvas.stroke(dot + size * rng.normal(0, 0.1, (2, 2)), size * rng.uniform(0.1, 0.2, 2))


def draw_spot(rng: np.random.Generator, canvas: Canvas, centre: np.ndarray, cell: np.ndarray) -> None:
    """Fill the middle of a cell, longer along the body than across."""
    canvas.fill(DARK, centre + cell * rng.uniform(0.45, 0.75) * rng.uniform([0.9, 0.7], [1.2, 1.0]))


def draw_tail(rng: np.random.Generator, canvas: Canvas) -> None:
    """Draw the outer tail's bands and its black tip."""
    for x in np.linspace(1.26, 1.51, 5) + rng.uniform(-0.01, 0.01, 5):
        canvas.stroke(np.stack([x + rng.normal(0, 0.004, 15), np.linspace(0.04, 0.2, 15)], 1), np.full(15, 0.012))
    canvas.fill(DARK, np.array([(1.56, 0), (1.8, 0), (1.8, 0.25), (1.56, 0.25)]))


def draw_face(canvas: Canvas) -> None:
    """Draw eye, nose, mouth and the ears' dark rims, which are alike in all animals."""
    eye, nose, mouth = (np.array(FACE[part]) for part in ('eye', 'nose', 'mouth'))
    canvas.stroke(eye + np.linspace([-0.022, 0.008], [0.02, -0.006], 9), 0.015 * np.sin(np.linspace(0.5, 2.6, 9)))
    canvas.stroke(nose + np.linspace([0, -0.01], [0.012, 0.02], 5), np.full(5, 0.026))
    canvas.stroke(mouth + np.linspace([-0.05, 0.0], [0.06, -0.012], 12), np.full(12, 0.006))
    for x in (-0.13, 0.07):
        rim = np.linspace(-2.6, 0.6, 14)
        canvas.stroke(np.stack([x + 0.045 * np.cos(rim), -0.27 + 0.06 * np.sin(rim)], 1), np.linspace(0.01, 0.024, 14))
