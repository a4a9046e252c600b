"""Folders as tables: their images are listed, and what is left out is said once in the log."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path

from mmengine.logging import print_log

from jaguar_mm.images import Finding
from jaguar_mm.images.folder import leftovers_among, list_images
from jaguar_mm.images.left_out import NO_DATA, left_out, sentences


def listed_images(folder: Path) -> tuple[list[str], list[tuple[str, Finding]]]:
    """Return the images below a folder, and what is left out.

    Raises:
        FileNotFoundError: If there are no images.
    """
    listing = list_images(folder)
    found = left_out(listing)
    for sentence in sentences(folder, found):
        warn_once(sentence)
    return listing.names, found


def doubtful_names(table: str, names: list[str]) -> list[tuple[str, Finding]]:
    """Return the files of a table that are called like what is no data. They are read, for the table names them."""
    found = leftovers_among(dict.fromkeys(names))
    if found:
        warn_once(
            f'{table}: {len(found)} of its files are called like what is no data, the first is {found[0]!r}; '
            f'they are read since the table names them: take their rows out if they are copies'
        )
    return [(name, NO_DATA) for name in found]


@cache
def warn_once(sentence: str) -> None:
    """Put a sentence into the log, but not again for the next data set of the same folder."""
    print_log(sentence, logger='current', level=logging.WARNING)
