"""Leaves and blades of grass as polygons, for the background and for what stands before the animal."""

from __future__ import annotations

import cv2
import numpy as np

SUBPIXEL = 4  # bits of the drawing functions' fixed-point coordinates
BLADE = np.linspace(0, 1, 7)
LEAF = np.linspace(0, np.pi, 9)


def blade(rng: np.random.Generator, root: complex, length: float) -> np.ndarray:
    """Return a bent blade of grass that grows upwards from its root; complex (14,), in the root's units."""
    lean, bend = rng.normal(0, 0.35), rng.normal(0, 0.5)
    spine = root - 1j * length * BLADE * np.exp(1j * (lean + bend * BLADE))
    breadth = 0.03 * length * rng.uniform(0.5, 1.4) * (1 - BLADE)
    return np.concatenate([spine - breadth, (spine + breadth)[::-1]])


def leaf(rng: np.random.Generator, centre: complex, length: float) -> np.ndarray:
    """Return a broad pointed leaf; complex (18,)."""
    half = 0.5 * length * np.cos(LEAF)
    breadth = 0.5 * length * rng.uniform(0.25, 0.8) * np.sin(LEAF) ** 0.8
    outline = np.concatenate([half + 1j * breadth, (half - 1j * breadth)[::-1]])
    return centre + outline * np.exp(1j * rng.uniform(0, np.pi))


def foliage_colour(rng: np.random.Generator, dryness: float) -> np.ndarray:
    """Draw a leaf's colour, RGB 0 to 255, float (3,): fresh green or, with probability ``dryness``, straw."""
    fresh, dry = np.array([78, 104, 54]), np.array([158, 138, 98])
    return (dry if rng.random() < dryness else fresh) * rng.uniform(0.6, 1.2) + rng.normal(0, 6, 3)


def draw_plant(canvas: np.ndarray, outline: np.ndarray, colour: np.ndarray, *, veined: bool) -> None:
    """Draw a leaf or blade with smooth edges.

    Args:
        canvas: uint8 (H, W) or (H, W, C), drawn on.
        outline: Complex (2 N,) in pixels, one side from foot to tip and the other back.
        colour: Float (C,).
        veined: Whether one half is lighter than the other, as along a leaf's midrib.
    """
    fill(canvas, outline, colour)
    if veined:
        side, other = outline[: len(outline) // 2], outline[len(outline) // 2 :][::-1]
        fill(canvas, np.concatenate([side, ((side + other) / 2)[::-1]]), 1.18 * colour)


def fill(canvas: np.ndarray, outline: np.ndarray, colour: np.ndarray) -> None:
    """Fill a polygon, complex (N,) in pixels, with a colour (C,) on a uint8 canvas with smooth edges."""
    points = np.round(np.stack([outline.real, outline.imag], 1) * 2**SUBPIXEL).astype(np.int32)
    cv2.fillPoly(canvas, [points], np.clip(colour, 0, 255).tolist(), cv2.LINE_AA, SUBPIXEL)
