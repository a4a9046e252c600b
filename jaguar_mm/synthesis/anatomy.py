"""The jaguar's body as chains of round bones, and the plane in which its coat is drawn.

Lengths are in torso lengths, angles in radians. The body plane has x from head to tail and y downwards; the animal
faces left. A bone is a tapered capsule; the bones of one layer melt together into a smooth outline, and the layers are
painted one over the other. Every chain exists twice: standing, to be posed, and laid out on the coat plane, where the
far legs, the ears and the tail have room of their own, so that no two places of the skin share a place of the coat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LAYERS = ('far', 'tail', 'near', 'ear')  # painted in this order
COAT_ORIGIN = np.float32([-0.6, -0.4])  # upper left corner of the coat plane
COAT_EXTENT = np.float32([2.5, 1.3])  # its width and height
FAR_SHIFT = 0.245  # how far the far legs lie inwards of the near ones on the coat plane


@dataclass(frozen=True)
class Chain:
    """Joints of a chain of bones.

    Attributes:
        layer: One of :data:`LAYERS`.
        standing: Joints of the standing animal, root first, complex (J,), x + iy.
        radii: Radius of the body around each joint, float (J,).
        on_coat: The same joints on the coat plane, complex (J,).
    """

    layer: str
    standing: np.ndarray
    radii: np.ndarray
    on_coat: np.ndarray


def _chain(layer: str, rows: list[tuple[float, float, float]], shift: complex = 0, coat_shift: complex = 0) -> Chain:
    """Make a chain of rows (x, y, radius); ``shift`` moves it as a whole, ``coat_shift`` only on the coat plane."""
    x, y, radii = np.array(rows).T
    joints = x + 1j * y
    return Chain(layer, joints + shift, radii, joints + coat_shift)


_FORELEG = [(0.09, 0.24, 0.15), (0.12, 0.45, 0.078), (0.095, 0.62, 0.052), (0.085, 0.7, 0.046), (0.03, 0.72, 0.04)]
_HINDLEG = [(0.9, 0.22, 0.165), (0.82, 0.43, 0.095), (0.95, 0.56, 0.05), (0.915, 0.69, 0.045), (0.85, 0.715, 0.04)]
_TORSO = [(0.0, 0.21, 0.175), (0.22, 0.215, 0.19), (0.5, 0.205, 0.18), (0.75, 0.19, 0.172), (0.97, 0.2, 0.16)]
_HEAD = [(0.06, 0.16, 0.16), (-0.09, 0.095, 0.13), (-0.2, 0.07, 0.125), (-0.275, 0.1, 0.095), (-0.36, 0.115, 0.074)]
_EAR = [(-0.145, -0.03, 0.045), (-0.125, -0.085, 0.04)]
_TAIL = [(1.0 + 0.078 * i, 0.12, 0.052 - 0.0022 * i) for i in range(9)]

SKELETON = {
    'far_foreleg': _chain('far', _FORELEG, 0.04 - 0.02j, FAR_SHIFT),
    'far_hindleg': _chain('far', _HINDLEG, 0.03 - 0.02j, -FAR_SHIFT),
    'far_ear': _chain('far', _EAR, -0.04 - 0.005j, 0.2 - 0.18j),
    'tail': _chain('tail', _TAIL),
    'torso': _chain('near', _TORSO),
    'head': _chain('near', _HEAD),
    'near_foreleg': _chain('near', _FORELEG),
    'near_hindleg': _chain('near', _HINDLEG),
    'near_ear': _chain('ear', _EAR, 0, -0.18j),
}
FACE = {'eye': (-0.285, 0.05), 'nose': (-0.42, 0.09), 'mouth': (-0.37, 0.16)}  # on the coat plane

# Where the coat does what, on the coat plane: x, y, spacing of its marks, share of rosettes among them, paleness.
_LEG_ZONES = [(0.12, 0.45, 0.07, 0.0, 0.1), (0.1, 0.6, 0.055, 0.0, 0.3), (0.06, 0.72, 0.045, 0.0, 0.5)]
_HIND_ZONES = [(0.84, 0.44, 0.08, 0.3, 0.1), (0.95, 0.58, 0.055, 0.0, 0.3), (0.88, 0.72, 0.045, 0.0, 0.5)]
COAT_ZONES = np.array(
    [
        *[(-0.38, 0.08, 0.04, 0.0, 0.3), (-0.35, 0.17, 0.045, 0.0, 1.0), (-0.2, 0.0, 0.045, 0.0, 0.0)],  # head
        *[(-0.02, 0.03, 0.065, 0.0, 0.0), (-0.12, 0.24, 0.06, 0.0, 0.8)],  # neck and throat
        *[(0.1, 0.13, 0.09, 0.6, 0.0), (0.3, 0.17, 0.125, 1.0, 0.0), (0.5, 0.17, 0.13, 1.0, 0.0)],  # flank
        *[(0.7, 0.16, 0.125, 1.0, 0.0), (0.9, 0.15, 0.11, 0.8, 0.0)],
        *[(x, -0.06, 0.09, 0.1, 0.0) for x in (0.15, 0.4, 0.65, 0.9)],  # spine
        *[(x, 0.44, 0.085, 0.0, 1.0) for x in (0.25, 0.5, 0.68)],  # belly
        *_LEG_ZONES,
        *_HIND_ZONES,
        *[(x + FAR_SHIFT, *rest) for x, *rest in _LEG_ZONES[1:]],
        *[(x - FAR_SHIFT, *rest) for x, *rest in _HIND_ZONES[1:]],
        *[(1.1, 0.12, 0.07, 0.0, 0.1), (1.3, 0.12, 0.06, 0.0, 0.3), (1.6, 0.12, 0.055, 0.0, 0.4)],  # tail
    ]
)
