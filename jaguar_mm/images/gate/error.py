"""The one exception that a bad image file raises."""

from __future__ import annotations

AGAIN = 'fetch or export it again'  # what to do about most of them


class ImageError(ValueError):
    """An image file that cannot be used; the message reads ``file: what is wrong; what to do``."""
