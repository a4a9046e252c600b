"""The one gate for picture files: structure, checksums and size first, then pixels."""

from jaguar_mm.images.gate.error import ImageError
from jaguar_mm.images.gate.load import Picture, decode_rgba, load_rgba, read_content

__all__ = ['ImageError', 'Picture', 'decode_rgba', 'load_rgba', 'read_content']
