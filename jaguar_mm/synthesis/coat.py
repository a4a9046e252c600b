"""The coat of one flank of one jaguar: the only thing that tells it from another.

Marks are centred on a Poisson disk sample whose spacing follows the body; each fills its Voronoi cell up to a pale net
between the cells. On the flank a mark is a rosette, a broken ring around a darker ground with a few dots; elsewhere a
solid spot. The face, the ears and the tail's tip are the same for every animal.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import cv2
import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.spatial import KDTree, Voronoi

from jaguar_mm.synthesis.anatomy import COAT_EXTENT, COAT_ORIGIN, COAT_ZONES
from jaguar_mm.synthesis.marks import Canvas, draw_face, draw_rosette, draw_spot, draw_tail
from jaguar_mm.synthesis.streams import Stream, generator

PALE = 2  # channel after those of the marks: how pale the fur between them is
CANDIDATES = 5000  # points tried as centres of marks
CLOSENESS = 0.82  # least distance of two centres in mean spacings
ZONE_GRID = (64, 120)  # rows and columns at which the smooth paleness is evaluated


@lru_cache(maxsize=4)
def coat(seed: int, identity: int, flank: int, resolution: int) -> np.ndarray:
    """Draw a coat.

    Args:
        seed: Seed of the competition.
        identity: Number of the animal.
        flank: 0 for the left, 1 for the right; the two are independent.
        resolution: Pixels per torso length.

    Returns:
        uint8 (H, W, 3) over the coat plane, channels ``DARK``, ``GROUND`` and :data:`PALE`; read-only.
    """
    rng = generator(seed, Stream.COAT, identity, flank)
    spacing = rng.uniform(0.92, 1.12)
    centres = _poisson_disk(rng, spacing)
    canvas = Canvas(resolution)
    for centre, cell, rosettes in zip(centres, _cells(centres), zones(centres)[:, 1], strict=True):
        draw = draw_rosette if rng.random() < rosettes else draw_spot
        draw(rng, canvas, centre, cell)
    draw_tail(rng, canvas)
    draw_face(canvas)
    rows, columns = (np.linspace(0, 1, steps) for steps in ZONE_GRID)
    grid = COAT_ORIGIN + COAT_EXTENT * np.stack(np.meshgrid(columns, rows), -1)
    pale = np.clip(255 * zones(grid)[..., 2], 0, 255).astype(np.uint8)
    texture = np.dstack([canvas.finish(), cv2.resize(pale, canvas.size)])
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
    near = KDTree(points).query_ball_point(points, CLOSENESS * spacing * zones(points)[:, 0])
    free, chosen = np.ones(CANDIDATES, bool), []
    for number, neighbours in enumerate(near):
        if free[number]:
            chosen.append(number)
            free[neighbours] = False
    return points[chosen]


def _cells(centres: np.ndarray) -> Iterator[np.ndarray]:
    """Yield each centre's Voronoi cell as a smooth closed curve about 0, (32, 2)."""
    low, high = COAT_ORIGIN, COAT_ORIGIN + COAT_EXTENT
    mirrored = [np.where(np.arange(2) == axis, 2 * wall - centres, centres) for wall in (low, high) for axis in (0, 1)]
    diagram = Voronoi(np.concatenate([centres, *mirrored]))  # mirrored so that every cell of ours is closed
    for number, centre in enumerate(centres):
        corners = diagram.vertices[diagram.regions[diagram.point_region[number]]] - centre
        yield _smooth(corners[np.argsort(np.arctan2(corners[:, 1], corners[:, 0]))])


def _smooth(polygon: np.ndarray, samples: int = 32) -> np.ndarray:
    """Resample a closed polygon evenly and round its corners; (samples, 2)."""
    closed = np.vstack([polygon, polygon[:1]])
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    at = np.linspace(0, length[-1], samples, endpoint=False)
    curve = np.stack([np.interp(at, length, column) for column in closed.T], 1)
    return uniform_filter1d(curve, 5, axis=0, mode='wrap')
