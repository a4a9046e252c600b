"""Shrunk pictures kept on the disk."""

from jaguar_mm.images.cache.picture_cache import CacheFullError, PictureCache
from jaguar_mm.images.cache.place import user_folder

__all__ = ['CacheFullError', 'PictureCache', 'user_folder']
