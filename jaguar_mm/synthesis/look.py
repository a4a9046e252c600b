"""What an image shows besides the coat, drawn without knowing the animal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jaguar_mm.synthesis.light import Light, draw_light
from jaguar_mm.synthesis.pose import Pose, draw_pose

MOST_HIDDEN = 0.15  # share of the body that plants may hide
MORE_HIDDEN = 0.25  # and further, at a shift of 1


@dataclass(frozen=True)
class Look:
    """All that an image shows besides the coat: drawn without knowing the animal.

    Attributes:
        pose: Pose and view.
        light: Light.
        skin_shift: See :func:`~jaguar_mm.synthesis.body.evaluate`.
        fur: RGB of the fur on back, belly and inside rosettes, float32 (3, 3).
        margins: Room left of, above, right of and below the animal, as a share of its own longer side, (4,).
        window: Where in the panorama the image lies, across and down, and its zoom; each 0 to 1, (3,).
        hidden: Share of the body to be hidden by plants.
        plants: Seed of these plants.
    """

    pose: Pose
    light: Light
    skin_shift: np.ndarray
    fur: np.ndarray
    margins: np.ndarray
    window: np.ndarray
    hidden: float
    plants: int


def draw_look(burst: np.random.Generator, own: np.random.Generator, *, facing_right: bool, shift: float = 0.0) -> Look:
    """Draw a look.

    Args:
        burst: Draws what the images of a burst share.
        own: Draws what sets one image apart.
        facing_right: Whether the right flank is seen.
        shift: How much further pose, light and plants go than usual, 0 to 1.
    """
    tawny = np.array([198, 146, 88]) * burst.uniform(0.85, 1.12) + burst.normal(0, 5, 3)
    cream = np.array([238, 224, 202]) * burst.uniform(0.9, 1.03) + burst.normal(0, 3, 3)
    return Look(
        pose=draw_pose(burst, own, facing_right=facing_right, shift=shift),
        light=draw_light(burst, shift),
        skin_shift=burst.normal(0, 0.018, (4, 7, 2)).astype(np.float32),
        fur=np.float32([tawny, cream, 0.72 * tawny]),
        margins=np.abs(burst.uniform(0.02, 0.1, 4) + own.normal(0, 0.006, 4)),
        window=np.clip(burst.random(3) + own.normal(0, 0.006, 3), 0, 1),
        hidden=burst.uniform(0, MOST_HIDDEN + MORE_HIDDEN * shift) * (burst.random() < 0.7),
        plants=int(burst.integers(2**32)),
    )
