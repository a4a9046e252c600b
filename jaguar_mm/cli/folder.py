"""The images of a folder, and a word on what is left out of it."""

from __future__ import annotations

from pathlib import Path

from jaguar_mm.images.folder import list_images
from jaguar_mm.images.left_out import LeftOut, left_out, sentences


def images_in(folder: Path) -> tuple[list[str], list[LeftOut]]:
    """Return the names of the images in and below a folder, and what is left out, which is said too.

    Raises:
        FileNotFoundError: If there is no image.
    """
    listing = list_images(folder)
    found = left_out(listing)
    for sentence in sentences(folder, found):
        print(sentence)
    return listing.names, found
