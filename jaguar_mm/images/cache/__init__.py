"""Shrunk pictures kept on the disk."""

from jaguar_mm.images.cache.picture_cache import CacheFullError, PictureCache

__all__ = ['CacheFullError', 'PictureCache']
