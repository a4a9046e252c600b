"""Shrunk images kept on the disk."""

from jaguar_mm.images.cache.image_cache import CacheFullError, ImageCache
from jaguar_mm.images.cache.place import user_folder

__all__ = ['CacheFullError', 'ImageCache', 'user_folder']
