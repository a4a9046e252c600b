"""The one gate for image files: structure, checksums and size first, then pixels."""

from jaguar_mm.images.gate.error import ImageError
from jaguar_mm.images.gate.load import LoadedImage, decode_rgba, load_rgba, read_content

__all__ = ['ImageError', 'LoadedImage', 'decode_rgba', 'load_rgba', 'read_content']
