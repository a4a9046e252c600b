"""The one exception that a bad picture file raises."""

from __future__ import annotations

AGAIN = 'fetch or export it again'  # what to do about most of them


class ImageError(ValueError):
    """A picture file that cannot be used; the message reads ``file: what is wrong; what to do``."""
