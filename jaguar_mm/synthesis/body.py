"""From a posed skeleton to an animal: its outline, its shading, and which place of the coat lies where.

Every bone carries a similarity from the body plane to the coat plane. A point takes the mean of what the bones near it
say, weighted by how deep it lies inside each: field warping after Beier and Neely (SIGGRAPH 1992) with tapered
capsules for lines, so the coat bends with the limbs and never tears within a layer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from jaguar_mm.synthesis.anatomy import LAYERS, SKELETON
from jaguar_mm.synthesis.pose import Pose

RESOLUTION = 96  # points per torso length at which bodies are evaluated; they are smooth and scale up well
MELTING = 0.022  # torso lengths over which neighbouring bones melt into one another
REACH = 5.0  # how many of these lengths beyond its radius a bone is felt
ROLL = 0.35  # how much more coat than width there is towards the outline of a limb
AMBIENT, SUNLIGHT = 0.62, 0.53  # strength of the light from everywhere and of that from the sun


@dataclass(frozen=True)
class Body:
    """An evaluated animal.

    Attributes:
        layers: By name, float32 (H, W, 4): signed distance to the outline in torso lengths, negative inside; shading,
            about 1 where lit; place on the coat plane, x and y.
        to_plane: Homography from the layers' pixels to the body plane, float64 (3, 3).
    """

    layers: dict[str, np.ndarray]
    to_plane: np.ndarray


class _Bone(NamedTuple):
    """A tapered capsule and its place on the coat plane."""

    start: complex
    end: complex
    start_radius: float
    end_radius: float
    coat_start: complex
    coat_end: complex


def bounds(pose: Pose) -> np.ndarray:
    """Return corners that enclose each joint with the body around it, complex (4 J,)."""
    joints = np.concatenate([pose.joints[name] for name in SKELETON])
    radii = pose.girth * np.concatenate([chain.radii for chain in SKELETON.values()])
    return (joints + radii * np.array([[1 + 1j], [1 - 1j], [-1 + 1j], [-1 - 1j]])).ravel()


def evaluate(pose: Pose, skin_shift: np.ndarray, sun: complex) -> Body:
    """Evaluate all layers of an animal.

    Args:
        pose: The posed skeleton.
        skin_shift: How far the coat is shifted over the body, float32 (h, w, 2), x and y in torso lengths, stretched
            smoothly over the animal.
        sun: Direction from which light falls in the body plane; its size is the strength against light from the front.
    """
    corners, margin = bounds(pose), MELTING * REACH
    origin = complex(corners.real.min() - margin, corners.imag.min() - margin)
    height, width = (int((np.ptp(side) + 2 * margin) * RESOLUTION) + 2 for side in (corners.imag, corners.real))
    shift = cv2.resize(skin_shift, (width, height), interpolation=cv2.INTER_CUBIC)
    layers: dict[str, np.ndarray] = {}
    for layer in LAYERS:
        distance, bulge, coat = _melt(list(_bones(layer, pose)), origin, (height, width))
        layers[layer] = np.dstack([distance, _shade(bulge, sun), coat.real + shift[..., 0], coat.imag + shift[..., 1]])
    step = 1 / RESOLUTION
    return Body(layers, np.array([[step, 0, origin.real], [0, step, origin.imag], [0, 0, 1]]))


def _bones(layer: str, pose: Pose) -> Iterator[_Bone]:
    """Yield the bones of one layer."""
    for name, chain in SKELETON.items():
        if chain.layer == layer:
            joints, radii, coat = pose.joints[name], pose.girth * chain.radii, chain.on_coat
            yield from map(_Bone, joints[:-1], joints[1:], radii[:-1], radii[1:], coat[:-1], coat[1:])


def _melt(bones: list[_Bone], origin: complex, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Melt bones together: signed distance, bulge towards the viewer, place on the coat; each (H, W)."""
    total, bulge = np.full(shape, np.exp(-REACH), np.float32), np.zeros(shape, np.float32)
    coat = np.zeros(shape, np.complex64)
    for bone in bones:
        window, points = _window(bone, origin, shape)
        depth, height, place = _capsule(bone, points)
        weight = np.exp(depth / np.float32(MELTING))
        total[window] += weight
        bulge[window] += weight * height
        coat[window] += weight * place
    return -np.float32(MELTING) * np.log(total), bulge / total, coat / total


def _window(bone: _Bone, origin: complex, shape: tuple[int, int]) -> tuple[tuple[slice, slice], np.ndarray]:
    """Return where a bone is felt, as slices of the layer, and the points there, complex64 (h, w)."""
    reach = max(bone.start_radius, bone.end_radius) + REACH * MELTING
    ends = np.array([bone.start, bone.end]) - origin
    axes = []
    for places, size in ((ends.imag, shape[0]), (ends.real, shape[1])):
        low, high = (places.min() - reach) * RESOLUTION, (places.max() + reach) * RESOLUTION
        axes.append(slice(max(0, int(low)), min(size, int(high) + 2)))
    rows, columns = (np.arange(a.start, a.stop, dtype=np.float32) / np.float32(RESOLUTION) for a in axes)
    return tuple(axes), (columns + 1j * rows[:, None] + origin).astype(np.complex64)


def _capsule(bone: _Bone, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Evaluate one bone: depth below its outline, bulge and place on the coat; each of the points' shape."""
    axis, coat_axis = bone.end - bone.start, bone.coat_end - bone.coat_start
    length, coat_length = abs(axis), abs(coat_axis)
    local = (points - np.complex64(bone.start)) * np.complex64(axis.conjugate() / length)  # along + i across
    along, across = local.real, local.imag
    on_axis = np.clip(along, 0, np.float32(length))
    radius = np.float32(bone.start_radius) + on_axis * np.float32((bone.end_radius - bone.start_radius) / length)
    squared = (along - on_axis) ** 2 + across**2
    height = np.sqrt(np.maximum(radius**2 - squared, 0))
    bent = across / radius
    rolled = across + np.float32(ROLL) * across * np.clip(bent, -1.2, 1.2) ** 2
    on_bone = along * np.float32(coat_length / length) + np.complex64(1j) * rolled
    place = np.complex64(bone.coat_start) + on_bone * np.complex64(coat_axis / coat_length)
    return radius - np.sqrt(squared), height, place


def _shade(bulge: np.ndarray, sun: complex) -> np.ndarray:
    """Shade by Lambert's law from the slope of the bulge; what looks down sees less of the sky; (H, W)."""
    smooth = cv2.GaussianBlur(bulge, (0, 0), 0.02 * RESOLUTION) * np.float32(RESOLUTION)
    x, y = (-cv2.Sobel(smooth, cv2.CV_32F, *axis, scale=1 / 8) for axis in ((1, 0), (0, 1)))  # the normal is (x, y, 1)
    facing = (1 + x * sun.real + y * sun.imag) / np.sqrt(1 + x**2 + y**2) / (1 + abs(sun))
    sky = 1 - np.float32(0.4) * np.clip(y, 0, 1)
    return AMBIENT * sky + SUNLIGHT * np.maximum(facing, 0)
