"""Camera stations: each a wide view of forest, ground or water, of which an image shows a part."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from jaguar_mm.synthesis.streams import Stream, generator
from jaguar_mm.synthesis.vegetation import blade, fill, foliage_colour, leaf

HEIGHT, WIDTH = 360, 720
# RGB: red earth, sand, grass, mud and water
GROUNDS = np.array([[150, 112, 76], [176, 150, 112], [104, 112, 62], [96, 80, 60], [128, 138, 140]])
WATER = 4
FOREST, BARK = np.array([52, 66, 38]), np.array([86, 72, 56])


@lru_cache(maxsize=64)
def panorama(seed: int, camera: int) -> np.ndarray:
    """Draw a station's wide view.

    Args:
        seed: Seed of the competition.
        camera: Number of the station.

    Returns:
        RGB, uint8 (360, 720, 3); read-only.
    """
    rng = generator(seed, Stream.STATION, camera)
    horizon = int(HEIGHT * rng.uniform(0.25, 0.6))
    dryness = rng.uniform(0, 0.7)
    view = np.empty((HEIGHT, WIDTH, 3), np.float32)
    view[:horizon] = FOREST * rng.uniform(0.5, 1.3) * _cloud(rng, (horizon, WIDTH), 40, 20)
    kind = rng.integers(len(GROUNDS))
    across, down = (70, 5) if kind == WATER else (30, 9)  # ripples are flat
    view[horizon:] = GROUNDS[kind] * rng.uniform(0.7, 1.1) * _cloud(rng, (HEIGHT - horizon, WIDTH), across, down)
    canvas = np.clip(view, 0, 255).astype(np.uint8)
    _trunks(rng, canvas, horizon)
    _undergrowth(rng, canvas, horizon, dryness)
    canvas = cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.6, 2.0))
    canvas.setflags(write=False)
    return canvas


def _cloud(rng: np.random.Generator, shape: tuple[int, int], across: int, down: int) -> np.ndarray:
    """Return brightness noise about 1, octaves from the given grain in pixels down to one; (H, W, 1)."""
    cloud, strength = np.ones(shape, np.float32), 0.22
    while down >= 1:
        grain = rng.normal(0, strength, (shape[0] // down + 2, shape[1] // across + 2)).astype(np.float32)
        cloud += cv2.resize(grain, shape[::-1], interpolation=cv2.INTER_CUBIC)
        across, down, strength = max(1, across // 3), down // 3, 0.6 * strength
    return np.maximum(cloud, 0.1)[..., None]


def _trunks(rng: np.random.Generator, canvas: np.ndarray, horizon: int) -> None:
    """Draw tree trunks that end near the horizon, and fallen branches below it."""
    for _ in range(rng.integers(0, 12)):
        half, top = 0.5 * rng.gamma(2, 6), rng.uniform(0, WIDTH)
        foot = top + rng.normal(0, 12) + 1j * (horizon + rng.uniform(-5, 45))
        outline = np.array([top - half, top + half, foot + 1.2 * half, foot - 1.2 * half])
        fill(canvas, outline, BARK * rng.uniform(0.35, 1.3))
    for _ in range(rng.integers(0, 7)):
        start = rng.uniform(0, WIDTH) + 1j * rng.uniform(horizon, HEIGHT)
        end, thick = start + rng.uniform(40, 160) * np.exp(1j * rng.normal(0, 0.4)), 1j * rng.uniform(1, 4)
        fill(canvas, np.array([start, end, end + thick, start + 2 * thick]), BARK * rng.uniform(0.5, 1.7))


def _undergrowth(rng: np.random.Generator, canvas: np.ndarray, horizon: int, dryness: float) -> None:
    """Draw leaves above the horizon and grass below it, the nearer the larger."""
    for _ in range(rng.integers(60, 400)):
        centre = rng.uniform(0, WIDTH) + 1j * (horizon + rng.normal(-40, 45))
        fill(canvas, leaf(rng, centre, rng.gamma(4, 4)), foliage_colour(rng, 0.5 * dryness) * rng.uniform(0.4, 1.0))
    for depth in np.sort(rng.uniform(0, 1, rng.integers(50, 500))):
        root = rng.uniform(0, WIDTH) + 1j * (horizon + depth * (HEIGHT - horizon))
        outline = blade(rng, root, (20 + 50 * depth) * rng.uniform(0.4, 1.2))
        fill(canvas, outline, foliage_colour(rng, dryness) * rng.uniform(0.6, 1.1))
