"""Pictures as arrays, without any training framework: reading, cropping, backgrounds."""

from jaguar_mm.images.background import composite, fixed_background
from jaguar_mm.images.cache.picture_cache import CacheFullError, PictureCache
from jaguar_mm.images.crop import crop_to_mask
from jaguar_mm.images.fingerprint import content_fingerprint, picture_fingerprint
from jaguar_mm.images.gate.error import ImageError
from jaguar_mm.images.gate.load import Picture, load_rgba
from jaguar_mm.images.inspection import Finding, PictureReport, all_findings, inspect_picture, inspect_pictures
from jaguar_mm.images.resize import resize, resize_edge
from jaguar_mm.images.shrink import shrink

__all__ = [
    'CacheFullError',
    'Finding',
    'ImageError',
    'Picture',
    'PictureCache',
    'PictureReport',
    'all_findings',
    'composite',
    'content_fingerprint',
    'crop_to_mask',
    'fixed_background',
    'inspect_picture',
    'inspect_pictures',
    'load_rgba',
    'picture_fingerprint',
    'resize',
    'resize_edge',
    'shrink',
]
