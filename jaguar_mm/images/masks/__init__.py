"""Masks of animals, found by a network, for images that have no alpha channel."""

from jaguar_mm.images.masks.outline import Mask, outline
from jaguar_mm.images.masks.segmenter import RECIPE, Segmenter, with_mask

__all__ = ['RECIPE', 'Mask', 'Segmenter', 'outline', 'with_mask']
