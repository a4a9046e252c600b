"""The coat of one flank of one jaguar: the only thing that tells it from another.

Marks are centred on a Poisson disk sample whose spacing follows the body; each fills its Voronoi cell up to a pale net
between the cells. On the flank a mark is a rosette, a broken ring around a darker ground with a few dots; elsewhere a
solid spot. The face, the ears and the tail's tip are the same for every animal.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.spatial import KDTree, Voronoi

from jaguar_mm.synthesis.anatomy import COAT_EXTENT, COAT_ORIGIN, COAT_ZONES, FACE
from jaguar_mm.synthesis.streams import Stream, generator

DARK, GROUND, PALE = range(3)  # channels: black marks, darker ground inside rosettes, paleness of the fur between
CANDIDATES = 5000
SUBPIXEL = 4  # bits of the drawing functions' fixed-point coordinates


@lru_cache(maxsize=4)
def coat(seed: int, identity: int, flank: int, resolution: int) -> np.ndarray:
    """Draw a coat.

    Args:
        seed: Seed of the competition.
        identity: Number of the animal.
        flank: 0 for the left, 1 for the right; the two are independent.
        resolution: Pixels per torso length.

    Returns:
        uint8 (H, W, 3) over the coat plane, channels :data:`DARK`, :data:`GROUND` and :data:`PALE`; read-only.
    """
    rng = generator(seed, Stream.COAT, identity, flank)
    spacing = rng.uniform(0.92, 1.12)
    centres = _poisson_disk(rng, spacing)
    canvas = _Canvas(2 * resolution)
    for centre, cell, rosettes in zip(centres, *_cells(centres), strict=True):
        if rng.random() < rosettes:
            _draw_rosette(rng, canvas, centre, cell)
        else:
            _draw_spot(rng, canvas, centre, cell)
    _draw_tail(rng, canvas)
    _draw_face(canvas)
    texture = canvas.finish(resolution)
    texture.setflags(write=False)
    return texture


def zones(points: np.ndarray) -> np.ndarray:
    """Interpolate the coat's zones (Shepard, ACM 1968): spacing, share of rosettes, paleness.

    Args:
        points: Points of the coat plane (..., 2).

    Returns:
        float (..., 3).
    """
    squared = ((points[..., None, :] - COAT_ZONES[:, :2]) ** 2).sum(-1) + 1e-4
    weight = squared**-2.5
    return weight @ COAT_ZONES[:, 2:] / weight.sum(-1, keepdims=True)


def _poisson_disk(rng: np.random.Generator, spacing: float) -> np.ndarray:
    """Sample points no two of which are nearer than the local spacing; float (N, 2)."""
    points = COAT_ORIGIN + COAT_EXTENT * rng.random((CANDIDATES, 2))
    near = KDTree(points).query_ball_point(points, 0.82 * spacing * zones(points)[:, 0])
    free, chosen = np.ones(CANDIDATES, bool), []
    for number, neighbours in enumerate(near):
        if free[number]:
            chosen.append(number)
            free[neighbours] = False
    return points[chosen]


def _cells(centres: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """Return each centre's Voronoi cell as a smooth closed curve about 0, (32, 2), and its share of rosettes."""
    low, high = COAT_ORIGIN, COAT_ORIGIN + COAT_EXTENT
    mirrored = [np.where(np.arange(2) == axis, 2 * wall - centres, centres) for wall in (low, high) for axis in (0, 1)]
    diagram = Voronoi(np.concatenate([centres, *mirrored]))  # mirrored so that every cell of ours is closed
    curves = []
    for number, centre in enumerate(centres):
        corners = diagram.vertices[diagram.regions[diagram.point_region[number]]] - centre
        curves.append(_smooth(corners[np.argsort(np.arctan2(*corners.T[::-1]))]))
    return curves, zones(centres)[:, 1]


def _smooth(polygon: np.ndarray, samples: int = 32) -> np.ndarray:
    """Resample a closed polygon evenly and round its corners; (samples, 2)."""
    closed = np.vstack([polygon, polygon[:1]])
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    at = np.linspace(0, length[-1], samples, endpoint=False)
    curve = np.stack([np.interp(at, length, column) for column in closed.T], 1)
    return uniform_filter1d(curve, 5, axis=0, mode='wrap')


class _Canvas:
    """A coat under way, drawn at twice its resolution."""

    def __init__(self, resolution: int) -> None:
        self.resolution = resolution
        width, height = np.ceil(COAT_EXTENT * resolution).astype(int)
        self.channels = [np.zeros((height, width), np.uint8) for _ in range(2)]

    def _fixed(self, points: np.ndarray) -> np.ndarray:
        return np.round((points - COAT_ORIGIN) * self.resolution * 2**SUBPIXEL).astype(np.int32)

    def fill(self, channel: int, outline: np.ndarray, value: int = 255) -> None:
        """Fill a polygon (N, 2)."""
        cv2.fillPoly(self.channels[channel], [self._fixed(outline)], value, cv2.LINE_8, SUBPIXEL)

    def stroke(self, curve: np.ndarray, radii: np.ndarray, value: int = 255) -> None:
        """Draw a dark line of varying breadth: discs of the given radii (N,) along a curve (N, 2)."""
        for centre, radius in zip(self._fixed(curve).tolist(), radii, strict=True):
            if radius > 0:
                size = round(radius * self.resolution * 2**SUBPIXEL)
                cv2.circle(self.channels[DARK], centre, size, value, -1, cv2.LINE_8, SUBPIXEL)

    def finish(self, resolution: int) -> np.ndarray:
        """Return the coat with paleness, halved to its resolution, marks softened as by fur."""
        height, width = (side // 2 for side in self.channels[0].shape)
        marks = [cv2.GaussianBlur(c, (0, 0), 0.006 * self.resolution) for c in self.channels]
        marks = [cv2.resize(c, (width, height), interpolation=cv2.INTER_AREA) for c in marks]
        dark = np.clip(2.6 * (marks[DARK].astype(np.float32) - 127) + 127, 0, 255).astype(np.uint8)
        coarse = np.stack(np.meshgrid(np.linspace(0, 1, 120), np.linspace(0, 1, 64)), -1) * COAT_EXTENT + COAT_ORIGIN
        pale = np.clip(255 * zones(coarse)[..., 2], 0, 255).astype(np.uint8)
        return np.dstack([dark, marks[GROUND], cv2.resize(pale, (width, height))])


def _draw_rosette(rng: np.random.Generator, canvas: _Canvas, centre: np.ndarray, cell: np.ndarray) -> None:
    """Draw a broken ring along the cell's border, darker ground inside it and up to three dots."""
    size = np.linalg.norm(cell, axis=1).mean()
    ring = cell * rng.uniform(0.64, 0.74)
    canvas.fill(GROUND, centre + ring, int(rng.integers(150, 256)))
    angle = np.linspace(0, 2 * np.pi, len(cell), endpoint=False)
    waves = sum(rng.uniform(0.2, 0.6) * np.cos(k * angle + rng.uniform(0, 2 * np.pi)) for k in (2, 3, 5))
    canvas.stroke(centre + ring, size * np.clip(0.17 + 0.12 * waves, 0, 0.28) * (waves > -0.7))
    for _ in range(rng.choice(4, p=[0.3, 0.35, 0.25, 0.1])):
        dot = centre + 0.3 * rng.uniform(-1, 1, 2) * np.abs(cell).max(0)
        canvas.stroke(dot + size * rng.normal(0, 0.1, (2, 2)), size * rng.uniform(0.1, 0.2, 2))


def _draw_spot(rng: np.random.Generator, canvas: _Canvas, centre: np.ndarray, cell: np.ndarray) -> None:
    """Fill the middle of a cell, longer along the body than across."""
    canvas.fill(DARK, centre + cell * rng.uniform(0.45, 0.75) * rng.uniform([0.9, 0.7], [1.2, 1.0]))


def _draw_tail(rng: np.random.Generator, canvas: _Canvas) -> None:
    """Draw the outer tail's bands and its black tip."""
    for x in np.arange(1.26, 1.52, 0.062) + rng.uniform(-0.01, 0.01, 5):
        canvas.stroke(np.stack([x + rng.normal(0, 0.004, 15), np.linspace(0.04, 0.2, 15)], 1), np.full(15, 0.012))
    canvas.fill(DARK, np.array([(1.56, 0), (1.8, 0), (1.8, 0.25), (1.56, 0.25)]))


def _draw_face(canvas: _Canvas) -> None:
    """Draw eye, nose, mouth and the ears' dark rims, which are alike in all animals."""
    eye, nose, mouth = (np.array(FACE[part]) for part in ('eye', 'nose', 'mouth'))
    canvas.stroke(eye + np.linspace([-0.022, 0.008], [0.02, -0.006], 9), 0.012 * np.sin(np.linspace(0.5, 2.6, 9)))
    canvas.stroke(nose + np.linspace([0, -0.01], [0.012, 0.02], 5), np.full(5, 0.022))
    canvas.stroke(mouth + np.linspace([-0.05, 0.0], [0.06, -0.012], 12), np.full(12, 0.006))
    for x in (-0.13, 0.07):
        rim = np.linspace(-2.6, 0.6, 14)
        canvas.stroke(np.stack([x + 0.045 * np.cos(rim), -0.27 + 0.06 * np.sin(rim)], 1), np.linspace(0.01, 0.024, 14))
