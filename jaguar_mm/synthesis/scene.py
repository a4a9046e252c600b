"""What surrounds the animal: the station behind it, its shadow, and the plants before it."""

from __future__ import annotations

import cv2
import numpy as np

from jaguar_mm.synthesis.vegetation import blade, draw_plant, foliage_colour, leaf

MOST_PLANTS = 60


def backdrop(view: np.ndarray, window: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Cut the image's part out of a panorama.

    Args:
        view: The panorama, RGB, uint8 (H, W, 3).
        window: Where the part lies, across and down, and how much is seen; each 0 to 1, (3,).
        shape: Height and width of the image.

    Returns:
        RGB, float32 (height, width, 3).
    """
    height, width = shape
    zoom = min(view.shape[0] / height, view.shape[1] / width) * (0.55 + 0.45 * window[2])
    room = view.shape[1] - zoom * width, view.shape[0] - zoom * height
    place = np.array([[zoom, 0, room[0] * window[0]], [0, zoom, room[1] * window[1]]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(view, place, (width, height), flags=flags).astype(np.float32)


def cast_shadow(scene: np.ndarray, mask: np.ndarray) -> None:
    """Darken, in place, the ground below the feet: the animal's own mask pressed flat and blurred.

    Args:
        scene: RGB, float32 (H, W, 3).
        mask: The animal, float32 (H, W), 0 to 1.
    """
    height, width = mask.shape
    _, top, across, down = cv2.boundingRect((mask > 0.5).astype(np.uint8))
    foot, flat = top + 0.97 * down, 0.12
    press = np.float32([[1, 0, 0], [0, flat, foot - flat * (top + 0.7 * down)]])
    shadow = cv2.warpAffine(mask, press, (width, height))
    shadow = cv2.blur(shadow, (max(3, across // 12), max(3, down // 14)))
    scene *= 1 - np.float32(0.5) * shadow[..., None]


def overgrow(scene: np.ndarray, mask: np.ndarray, hidden: float, seed: int) -> np.ndarray:
    """Draw plants into the scene, in place, until one more would hide too much of the body.

    Args:
        scene: RGB, float32 (H, W, 3).
        mask: The animal, float32 (H, W), 0 to 1.
        hidden: Share of the body that may be hidden.
        seed: Seed of the plants.

    Returns:
        What is left of the mask.
    """
    height, width = mask.shape
    rng = np.random.default_rng(seed)
    plants, colours = np.zeros((height, width), np.uint8), np.zeros((height, width, 3), np.uint8)
    allowed, dryness = 255 * hidden * mask.sum(), rng.uniform(0, 0.6)
    for _ in range(MOST_PLANTS):
        x = rng.uniform(0, width)
        if rng.random() < 0.6:
            outline = blade(rng, x + 1j * height * 1.02, height * rng.uniform(0.3, 0.9))
        else:
            outline = leaf(rng, x + 1j * height * rng.beta(4, 1.3), width * rng.uniform(0.05, 0.14))
        grown = plants.copy()
        draw_plant(grown, outline, np.full(1, 255), veined=False)
        if (grown * mask).sum() > allowed:
            break
        plants = grown
        draw_plant(colours, outline, foliage_colour(rng, dryness), veined=True)
    opacity = plants / np.float32(255)
    scene[:] = cv2.blendLinear(colours.astype(np.float32), scene, opacity, 1 - opacity)
    return mask * (1 - opacity)
