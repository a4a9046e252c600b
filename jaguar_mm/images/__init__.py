"""Images as arrays, without any training framework: reading, cropping, backgrounds."""

from jaguar_mm.images.background import composite, fixed_background
from jaguar_mm.images.cache.image_cache import CacheFullError, ImageCache
from jaguar_mm.images.crop import crop_to_mask
from jaguar_mm.images.embedded import EmbeddedFiles
from jaguar_mm.images.fingerprint import content_fingerprint, image_fingerprint
from jaguar_mm.images.gate.error import ImageError
from jaguar_mm.images.gate.load import LoadedImage, load_rgba
from jaguar_mm.images.inspection import Finding, ImageReport, all_findings, inspect_image, inspect_images
from jaguar_mm.images.masks import Mask, Segmenter
from jaguar_mm.images.resize import resize, resize_edge
from jaguar_mm.images.shrink import shrink

__all__ = [
    'CacheFullError',
    'EmbeddedFiles',
    'Finding',
    'ImageCache',
    'ImageError',
    'ImageReport',
    'LoadedImage',
    'Mask',
    'Segmenter',
    'all_findings',
    'composite',
    'content_fingerprint',
    'crop_to_mask',
    'fixed_background',
    'image_fingerprint',
    'inspect_image',
    'inspect_images',
    'load_rgba',
    'resize',
    'resize_edge',
    'shrink',
]
