"""Light and camera: day, dusk or infra-red flash, dappled shade, motion blur and grain."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

KINDS = ('day', 'dusk', 'infrared')
SHARES, SHIFTED = (0.8, 0.1, 0.1), (0.4, 0.3, 0.3)  # usual, and at a shift of 1
INFRARED = np.float32([[0.6, 0.35, 0.05]])  # how strongly R, G and B count in an infra-red image
ROUNDING = 0.01  # a mask below this, of 255, comes from rounding and not from the animal


@dataclass(frozen=True)
class Light:
    """The light of a burst.

    Attributes:
        kind: One of :data:`KINDS`.
        tint: Factor on R, G and B, float32 (3,).
        sun: Direction and strength of the light in the body plane, up is -1j.
        dapple: Brightness of the light that the canopy lets through, float32 (h, w), about 1.
        contrast: Exponent on brightness.
        grain: Standard deviation of the sensor's noise, 0 to 255.
        motion: Way the animal and camera move during the exposure, as a share of the image's longer side; complex.
    """

    kind: str
    tint: np.ndarray
    sun: complex
    dapple: np.ndarray
    contrast: float
    grain: float
    motion: complex


def draw_light(rng: np.random.Generator, shift: float = 0.0) -> Light:
    """Draw the light of a burst.

    Args:
        rng: Draws it.
        shift: How much darker and more dappled than usual it may be, 0 to 1.
    """
    kind = str(rng.choice(KINDS, p=np.average([SHARES, SHIFTED], axis=0, weights=[1 - shift, shift])))
    warmth, exposure = rng.normal(0, 0.06), rng.uniform(0.8, 1.25)
    tint = exposure * np.array([1 + warmth, 1, 1 - warmth])
    if kind == 'dusk':
        tint *= rng.uniform(0.45, 0.65) * np.array([0.92, 0.96, 1.12])
    dapple = 1 + rng.uniform(0, 0.22 + 0.2 * shift) * rng.normal(0, 1, (5, 8))
    moving = rng.random() < 0.2
    return Light(
        kind=kind,
        tint=tint.astype(np.float32),
        sun=complex(rng.uniform(0.2, 1.0) * np.exp(1j * (-np.pi / 2 + rng.normal(0, 0.6)))),
        dapple=np.clip(dapple, 0.45, 1.6).astype(np.float32),
        contrast=rng.uniform(0.85, 1.2),
        grain=rng.uniform(2, 5) if kind == 'day' else rng.uniform(5, 10),
        motion=moving * rng.uniform(0.004, 0.014) * np.exp(1j * rng.normal(0, 0.3)),
    )


def expose(scene: np.ndarray, light: Light, rng: np.random.Generator) -> np.ndarray:
    """Take the image of a scene.

    Args:
        scene: RGB and mask, float32 (H, W, 4), 0 to 255.
        light: The light.
        rng: Draws the grain.

    Returns:
        uint8 (H, W, 4), motion blur on the mask too; no pixel of alpha 0 has a trace of the animal.
    """
    height, width = scene.shape[:2]
    if light.motion:
        scene = cv2.filter2D(scene, -1, _trail(light.motion * max(height, width)))
    colours, mask = np.ascontiguousarray(scene[..., :3]), scene[..., 3]
    lit = cv2.resize(light.dapple, (width, height), interpolation=cv2.INTER_CUBIC)
    if light.kind == 'infrared':
        grey = cv2.transform(colours, INFRARED) * (lit * _flash((height, width)))
        colours = cv2.merge([grey, grey, grey])
    else:
        colours *= lit[..., None] * light.tint
    curve = np.clip(255 * (np.arange(256) / 255) ** light.contrast, 0, 255).astype(np.uint8)
    noise = rng.standard_normal((height, width), np.float32) * np.float32(light.grain)
    pixels = cv2.LUT(np.clip(colours + noise[..., None], 0, 255).astype(np.uint8), curve)
    alpha = np.clip(np.ceil(mask - ROUNDING), 0, 255).astype(np.uint8)
    return np.dstack([pixels, alpha])


def _trail(way: complex) -> np.ndarray:
    """Return the blur kernel of a straight movement by ``way`` pixels, float32 (K, K) of sum 1."""
    reach = int(np.ceil(abs(way) / 2)) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    for step in np.linspace(-0.5, 0.5, 8 * reach):
        kernel[reach + round((step * way).imag), reach + round((step * way).real)] += 1
    return kernel / kernel.sum()


def _flash(shape: tuple[int, int]) -> np.ndarray:
    """Return the brightness of an infra-red flash, bright in the middle; float32 (H, W)."""
    rows, columns = (np.linspace(-1, 1, size, dtype=np.float32) ** 2 for size in shape)
    return 1.25 - np.float32(0.3) * (rows[:, None] + columns)
