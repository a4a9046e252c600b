"""Masks of animals, found by a network, for images that have no alpha channel."""

from jaguar_mm.images.masks.outline import Mask, outline
from jaguar_mm.images.masks.segmenter import RECIPE, Segmenter, load_masked, with_mask

__all__ = ['RECIPE', 'Mask', 'Segmenter', 'load_masked', 'outline', 'with_mask']
