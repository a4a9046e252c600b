"""How the animal stands and how the camera sees it: drawn for a burst, shaken a little for each image of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from jaguar_mm.synthesis.anatomy import SKELETON

GAITS = {'near_foreleg': 1, 'far_foreleg': -1, 'near_hindleg': -1, 'far_hindleg': 1}  # diagonal legs swing together


@dataclass(frozen=True)
class Pose:
    """A posed animal and its view.

    Attributes:
        joints: Joints of each chain of the skeleton, complex (J,).
        girth: Factor on every radius of the body.
        view: Homography from the body plane to the image plane without scale and shift, float64 (3, 3).
    """

    joints: dict[str, np.ndarray]
    girth: float
    view: np.ndarray


def draw_pose(burst: np.random.Generator, own: np.random.Generator, *, facing_right: bool, shift: float = 0.0) -> Pose:
    """Draw a pose.

    Args:
        burst: Draws what the images of a burst share.
        own: Draws what sets one image apart.
        facing_right: Whether the right flank is seen.
        shift: How much further stride and view go than usual, 0 to 1.
    """
    stride = 0.4 + 0.2 * shift
    swing = burst.uniform(-stride, stride) + own.normal(0, 0.02)
    turns = dict(_turns(burst, swing))
    legs = burst.uniform(0.82, 1.06)
    joints = {}
    for name, chain in SKELETON.items():
        stretch = legs if name.endswith('leg') else 1.0
        joints[name] = _bend(chain.standing, turns.get(name, 0) + own.normal(0, 0.01, len(chain.standing) - 1), stretch)
    for ear in ('near_ear', 'far_ear'):  # rides on the skull
        joints[ear] = _follow(SKELETON[ear].standing, SKELETON['head'].standing[2:4], joints['head'][2:4])
    return Pose(joints, burst.uniform(0.93, 1.08), _view(burst, own, facing_right, shift))


def _turns(rng: np.random.Generator, swing: float) -> Iterator[tuple[str, np.ndarray]]:
    """Yield for each moving chain the turn of every bone against the one before it."""
    for leg, sign in GAITS.items():
        hip, flex = 0.9 * sign * swing + rng.normal(0, 0.07), -abs(rng.normal(0, 0.18))
        yield leg, np.array([hip, flex, -0.4 * flex, -hip - 0.6 * flex])  # the paw stays level
    lowered = rng.uniform(-0.3, 0.2)
    yield 'head', np.array([0.4 * lowered, 0.6 * lowered, -0.5 * lowered + rng.normal(0, 0.08), 0])
    yield 'tail', np.linspace(0.3, -0.35, 8) * rng.uniform(-0.3, 1.3) + np.eye(8)[0] * rng.uniform(0.1, 1.1)


def _bend(joints: np.ndarray, turns: np.ndarray, stretch: float) -> np.ndarray:
    """Turn each bone of a chain, and all that hangs on it, about its root; scale every bone by ``stretch``."""
    bones = np.diff(joints) * stretch * np.exp(1j * np.cumsum(turns))
    return joints[0] + np.concatenate([[0], np.cumsum(bones)])


def _follow(points: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Move points as the bone between two joints moved."""
    return after[0] + (points - before[0]) * (after[1] - after[0]) / (before[1] - before[0])


def _view(burst: np.random.Generator, own: np.random.Generator, facing_right: bool, shift: float) -> np.ndarray:
    """Draw a homography: perspective, foreshortening, shear and a turn in the image plane, then the mirror."""
    most = 8 + 12 * shift  # degrees
    angle = np.deg2rad(burst.uniform(-most, most) + own.normal(0, 0.4))
    foreshortening, shear = burst.uniform(0.8 - 0.25 * shift, 1.0), burst.uniform(-0.08, 0.08)
    perspective = np.array([[1, 0, 0], [0, 1, 0], [burst.uniform(-0.12, 0.12), 0, 1]])
    affine = np.array([[foreshortening, shear, 0], [0, 1, 0], [0, 0, 1]])
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    return np.diag([-1 if facing_right else 1, 1, 1]) @ turn @ affine @ perspective
