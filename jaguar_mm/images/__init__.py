"""Pictures as arrays, without any training framework: reading, cropping, backgrounds."""

from jaguar_mm.images.background import composite
from jaguar_mm.images.crop import crop_to_mask
from jaguar_mm.images.fingerprint import picture_fingerprint
from jaguar_mm.images.gate import ImageError, Picture, load_rgba

__all__ = ['ImageError', 'Picture', 'composite', 'crop_to_mask', 'load_rgba', 'picture_fingerprint']
