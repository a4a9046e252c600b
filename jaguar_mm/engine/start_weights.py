"""Weights that a network starts from and a checkpoint replaces: nobody needs to have them to use a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jaguar_mm.networks.embedding_network import NO_WEIGHTS


def without_start_weights(model: Mapping[str, Any]) -> dict[str, Any]:
    """Return a model's config whose backbone starts from random weights, if it is one that could start from others."""
    backbone = model.get('backbone') or {}
    changed = {name: value for name, value in NO_WEIGHTS.items() if name in backbone}
    return {**model, 'backbone': {**backbone, **changed}} if changed else dict(model)
