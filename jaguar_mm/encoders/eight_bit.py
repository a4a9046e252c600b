"""Weights in eight bits: a quarter of the file, for laptops and slow lines; computed with in float32."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

SCALE = '.scale_of_eight_bits'  # behind a weight's name
STEPS = 127


def in_eight_bits(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return weights with each matrix and kernel rounded to int8, and a scale for each of its output channels.

    Symmetric and by channel, without calibration (Jacob et al., CVPR 2018, section 2.1, with the zero point at 0).
    Vectors (biases, normalisation, tokens and positions) and what is no floating point stay as they are.

    Args:
        weights: By name; values are finite.
    """
    found: dict[str, Tensor] = {}
    for name, weight in weights.items():
        if weight.ndim < 2 or len(weight) == 1 or not weight.is_floating_point():
            found[name] = weight
            continue
        largest = weight.float().abs().flatten(1).amax(1)  # (out channels,)
        scale = torch.where(largest > 0, largest / STEPS, 1)
        found[name] = (weight.float() / _beside(scale, weight)).round().to(torch.int8)
        found[name + SCALE] = scale
    return found


def in_float(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return weights of :func:`in_eight_bits` in float32, and others as they are."""
    found = {name: weight for name, weight in weights.items() if not name.endswith(SCALE)}
    for name in found.keys() & {name.removesuffix(SCALE) for name in weights.keys() - found.keys()}:
        found[name] = found[name] * _beside(weights[name + SCALE], found[name])
    return found


def _beside(scale: Tensor, weight: Tensor) -> Tensor:
    return scale.view(-1, *[1] * (weight.ndim - 1))
