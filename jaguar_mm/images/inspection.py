"""Inspect image files one by one and all together: broken ones, suspicious ones, copies of each other."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from jaguar_mm.images.crop import HALF_OPAQUE
from jaguar_mm.images.gate.error import ImageError
from jaguar_mm.images.gate.formats import FORMATS, HEAD, recognise
from jaguar_mm.images.gate.load import LoadedImage, load_rgba
from jaguar_mm.storage.files import file_digest

BROKEN = 'broken'
NO_ALPHA, OPAQUE_ALPHA, EMPTY_MASK = MASK_KINDS = ('no alpha', 'opaque alpha', 'empty mask')
CHUNK = 4  # images handed to a worker at once


class Finding(NamedTuple):
    """Something wrong with an image file.

    Attributes:
        kind: ``'broken'`` if the file cannot be used; else it can: ``'no alpha'``, ``'empty mask'``,
            ``'opaque alpha'``, ``'wrong ending'`` or ``'duplicate'``.
        what: What was found.
        advice: What to do.
    """

    kind: str
    what: str
    advice: str


@dataclass(frozen=True)
class ImageReport:
    """What one image file turned out to be.

    Attributes:
        path: The file.
        size: Width and height in pixels, upright; None if the file is broken.
        has_alpha: Whether it has an alpha channel or a transparent colour.
        digest: SHA-256 of the file; empty if it is broken.
        findings: What is wrong with it.
    """

    path: str
    size: tuple[int, int] | None
    has_alpha: bool
    digest: str
    findings: tuple[Finding, ...]

    @property
    def has_mask(self) -> bool:
        """Whether its alpha channel outlines an animal."""
        return self.has_alpha and not any(finding.kind in MASK_KINDS for finding in self.findings)


def inspect_image(path: str | os.PathLike) -> ImageReport:
    """Decode an image file and look for what is wrong with it.

    Args:
        path: The file; it may be broken, absent or anything else.

    Returns:
        The report.
    """
    try:
        image = load_rgba(path)
    except ImageError as error:
        what, _, advice = str(error).removeprefix(f'{path}: ').rpartition('; ')
        return ImageReport(str(path), None, False, '', (Finding(BROKEN, what, advice),))
    height, width = image.pixels.shape[:2]
    findings = (*_ending(path), *_mask(image))
    return ImageReport(str(path), (width, height), image.has_alpha, file_digest(path), findings)


def inspect_images(paths: Sequence[str | os.PathLike], workers: int) -> Iterator[ImageReport]:
    """Inspect many files in parallel.

    Args:
        paths: The files.
        workers: Processes, at least one.

    Yields:
        The reports in the files' order, each as soon as it and those before it are there.
    """
    with ProcessPoolExecutor(workers, multiprocessing.get_context('spawn')) as pool:
        yield from pool.map(inspect_image, paths, chunksize=CHUNK)


def all_findings(reports: Iterable[ImageReport], masked: Collection[str] | None = None) -> list[tuple[str, Finding]]:
    """Return path and finding of all that is wrong, sound files that are copies of an earlier one included.

    Args:
        reports: Reports of different files.
        masked: Paths of the files whose alpha should outline an animal; what is found of the alpha of others is left
            out. By default all.
    """
    findings, first = [], {}
    for report in reports:
        is_masked = masked is None or report.path in masked
        findings += [
            (report.path, finding) for finding in report.findings if is_masked or finding.kind not in MASK_KINDS
        ]
        if report.size and (original := first.setdefault(report.digest, report.path)) != report.path:
            duplicate = Finding('duplicate', f'is byte for byte {original}', 'keep one of them')
            findings.append((report.path, duplicate))
    return findings


def _ending(path: str | os.PathLike) -> Iterator[Finding]:
    """Yield a finding if the name promises another format than the content is of."""
    with open(path, 'rb') as file:
        known = recognise(file.read(HEAD))
    ending = os.path.splitext(path)[1].lower()
    promised = next((each for each in FORMATS if ending in each.endings), None)
    if promised is not known:
        yield Finding(
            'wrong ending',
            f'is a {known.name} in spite of its name',
            f'rename it to {known.endings[0]}, in the tables too',
        )


def _mask(image: LoadedImage) -> Iterator[Finding]:
    """Yield a finding if the alpha channel does not outline an animal."""
    alpha = image.pixels[..., 3]
    if not image.has_alpha:
        yield Finding(NO_ALPHA, 'has no alpha channel', 'cut the animal out, or train without masks')
    elif np.all(alpha == 255):
        yield Finding(OPAQUE_ALPHA, 'is opaque everywhere', 'cut the animal out, or train without masks')
    elif not np.any(alpha >= HALF_OPAQUE):
        yield Finding(EMPTY_MASK, 'has no pixel that is at least half opaque', 'cut the animal out again')
