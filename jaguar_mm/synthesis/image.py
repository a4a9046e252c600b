"""One image of the competition, from a look and a coat to RGBA pixels."""

from __future__ import annotations

import cv2
import numpy as np

from jaguar_mm.synthesis.anatomy import COAT_EXTENT, COAT_ORIGIN, LAYERS
from jaguar_mm.synthesis.body import Body, bounds, evaluate
from jaguar_mm.synthesis.coat import PALE
from jaguar_mm.synthesis.light import expose
from jaguar_mm.synthesis.look import Look
from jaguar_mm.synthesis.marks import DARK, GROUND
from jaguar_mm.synthesis.scene import backdrop, cast_shadow, overgrow

FAR_SHADE = 0.62  # brightness of what lies on the far side
OUTSIDE = (1.0, 0.0, 0.0, 0.0)  # what a layer holds beyond its border: one torso length from the outline
BLACK_FUR = np.float32([24, 20, 17])


def render(look: Look, coat: np.ndarray, view: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Render an image.

    Args:
        look: What it shows besides the coat.
        coat: The coat, see :func:`~jaguar_mm.synthesis.coat.coat`, at any resolution.
        view: The station's panorama, RGB, uint8 (H, W, 3).
        size: Longer side in pixels.
        rng: Draws the grain.

    Returns:
        RGBA, uint8 (H, W, 4); alpha is the animal's visible part, and the background is kept where it is 0.
    """
    to_image, scale, shape = _frame(look, size)
    body = evaluate(look.pose, look.skin_shift, look.light.sun)
    skin, mask = _paint(body, to_image, scale, coat, shape)
    animal = _colour(skin, look.fur)
    scene = backdrop(view, look.window, shape)
    cast_shadow(scene, mask)
    scene = cv2.blendLinear(animal, scene, mask, 1 - mask)
    mask = overgrow(scene, mask, look.hidden, look.plants)
    return expose(np.dstack([scene, 255 * mask]), look.light, rng)


def _frame(look: Look, size: int) -> tuple[np.ndarray, float, tuple[int, int]]:
    """Return the homography from the body plane to pixels, pixels per torso length, and the image's (H, W)."""
    corners = bounds(look.pose)
    seen = cv2.perspectiveTransform(np.stack([corners.real, corners.imag], 1)[None], look.pose.view)[0]
    low, extent = seen.min(0), np.ptp(seen, 0)
    room = look.margins * extent.max()
    low, extent = low - room[:2], extent + room[:2] + room[2:]
    scale = size / extent.max()
    width, height = (max(16, round(side)) for side in (scale * extent).tolist())
    placed = np.array([[scale, 0, -scale * low[0]], [0, scale, -scale * low[1]], [0, 0, 1]])
    return placed @ look.pose.view, scale, (height, width)


def _paint(
    body: Body, to_image: np.ndarray, scale: float, coat: np.ndarray, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Paint the layers over one another: coat and shading, float32 (H, W, 4), and the mask, float32 (H, W)."""
    height, width = shape
    resolution = coat.shape[1] / COAT_EXTENT[0]
    skin, mask = np.zeros((height, width, 4), np.float32), np.zeros((height, width), np.float32)
    for name in LAYERS:
        layer = cv2.warpPerspective(body.layers[name], to_image @ body.to_plane, (width, height), borderValue=OUTSIDE)
        place = (layer[..., 2:] - COAT_ORIGIN) * np.float32(resolution) - np.float32(0.5)
        fur = cv2.remap(coat, place, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
        shade = layer[..., 1] * np.float32(FAR_SHADE if name == 'far' else 1)
        cover = np.clip(np.float32(0.5) - layer[..., 0] * np.float32(scale), 0, 1)
        skin = cv2.blendLinear(np.dstack([fur, shade]), skin, cover, 1 - cover)
        mask = np.maximum(mask, cover)
    return skin, mask


def _colour(skin: np.ndarray, fur: np.ndarray) -> np.ndarray:
    """Turn coat and shading into colour, float32 (H, W, 3)."""
    back, belly, ground = fur
    amount = skin[..., :3] / np.float32(255)
    colour = back + amount[..., PALE, None] * (belly - back)
    colour += amount[..., GROUND, None] * np.float32(0.45) * (ground - colour)
    colour += amount[..., DARK, None] * (BLACK_FUR - colour)
    return colour * skin[..., 3:]
