"""The one gate through which image files come in: decoded whole and upright, or refused by name."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from PIL import Image
from PIL.ImageFile import ImageFile

from jaguar_mm.images.gate.error import AGAIN, ImageError
from jaguar_mm.images.gate.formats import FORMATS, HEAD, JPEG, PNG, TIFF, recognise
from jaguar_mm.images.gate.jpeg_structure import check_markers
from jaguar_mm.images.gate.limit import check_bytes, check_pixels, pixel_limit
from jaguar_mm.images.gate.orientation import load_stored, orientation_of, turn_upright
from jaguar_mm.images.gate.plain_png import decode_plain, is_plain
from jaguar_mm.images.gate.png_pixels import load_pixels
from jaguar_mm.images.gate.png_structure import read_structure
from jaguar_mm.images.gate.unread import RAW, UnreadFormat, is_raw, recognise_unread


class LoadedImage(NamedTuple):
    """A decoded image.

    Attributes:
        pixels: uint8 (H, W, 4), channels in RGBA order; alpha is 255 everywhere if the file has none.
        has_alpha: Whether the file itself has an alpha channel or a transparent colour.
    """

    pixels: np.ndarray
    has_alpha: bool


def load_rgba(path: str | os.PathLike) -> LoadedImage:
    """Read an image file as 8-bit RGBA, recognised by its content and not by its name.

    The EXIF orientation is applied; EXIF that is odd or damaged is no reason to refuse the pixels. Palettes, grey (also
    with alpha) and CMYK are converted; of 16 bits the upper eight are kept, which gives back exactly what was widened
    from eight. Colour profiles are ignored. Of a JPEG with further images (depth, gain map) the first is read.

    Every checksum of a PNG is compared. JPEG and most others have none, so that damage inside their compressed pixels
    goes unnoticed if it still decodes.

    Args:
        path: The image file.

    Returns:
        The pixels, and whether the file has an alpha channel.

    Raises:
        ImageError: If the file is absent, not regular, empty, no image, damaged, truncated, animated, larger than
            :func:`~jaguar_mm.images.gate.limit.pixel_limit` allows, of a pixel type without a fixed range, or of a
            format that is not read (:mod:`~jaguar_mm.images.gate.unread`).
        ValueError: If the limit itself is set wrongly.
    """
    return decode_rgba(read_content(path), path)


def read_content(path: str | os.PathLike) -> bytes:
    """Read an image file without decoding it.

    Args:
        path: The image file.

    Raises:
        ImageError: If the file is absent, not regular, or larger than any image of the allowed size.
        ValueError: If the limit itself is set wrongly.
    """
    limit = pixel_limit()
    with _naming(path):
        return _read(path, limit)


def decode_rgba(content: bytes, path: str | os.PathLike) -> LoadedImage:
    """Decode what :func:`read_content` read, see :func:`load_rgba`.

    Args:
        content: The file's content.
        path: The file's name, for messages.

    Raises:
        ImageError: If it is not a sound image.
        ValueError: If the limit itself is set wrongly.
    """
    limit = pixel_limit()
    with _naming(path):
        return _decode(content, limit)


@contextmanager
def _naming(path: str | os.PathLike) -> Iterator[None]:
    """Turn whatever goes wrong into an error that names the file."""
    try:
        yield
    except ImageError as error:
        raise ImageError(f'{path}: {error}') from error
    except Exception as error:  # decoders raise OSError, SyntaxError, struct.error, zlib.error and more
        reason = f'{type(error).__name__}: {error}'
        raise ImageError(f'{path}: cannot be read as an image ({reason}); {AGAIN}') from error


def _read(path: str | os.PathLike, limit: int) -> bytes:
    """Return the content of a regular file; anything else might never end."""
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise ImageError('is not a regular file; name the image itself')
        check_bytes(status.st_size, limit)
        with open(path, 'rb') as file:
            return file.read()
    except OSError as error:
        raise ImageError(f'cannot be opened ({error.strerror}); check its path and permissions') from error


def _decode(content: bytes, limit: int) -> LoadedImage:
    """Check the header, then decode."""
    known = recognise(content)
    if unread := recognise_unread(content[:HEAD]) if known in (None, TIFF) else None:
        _refuse(unread)
    if known is None:
        what = 'is empty' if not content else f'is none of {", ".join(each.name for each in FORMATS)}'
        raise ImageError(f'{what}; {AGAIN}')
    structure = read_structure(content) if known is PNG else None
    if known is JPEG:
        check_markers(content)
    with known.open(io.BytesIO(content)) as image:
        check_pixels(*image.size, limit)
        if getattr(image, 'is_animated', False):
            raise ImageError(f'the {known.name} has more than one frame; save the one that is meant')
        if known is TIFF and is_raw(image):
            _refuse(RAW)
        if structure and is_plain(structure):
            return LoadedImage(*decode_plain(content, structure.header))
        if structure:
            load_pixels(image, structure)
        load_stored(image)
        pixels, has_alpha = _to_rgba(image)
        return LoadedImage(turn_upright(pixels, orientation_of(image)), has_alpha)


def _refuse(unread: UnreadFormat) -> None:
    raise ImageError(f'is {unread.name}, which is not read; export it as JPEG or PNG')


def _to_rgba(image: ImageFile) -> LoadedImage:
    """Convert an opened image of any pixel type to 8-bit RGBA."""
    if image.mode in ('I', 'F'):
        raise ImageError(f'32-bit grey (mode {image.mode}) has no fixed range; save it with 8 or 16 bits')
    if image.mode.startswith('I;16'):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    has_alpha = image.has_transparency_data
    if not has_alpha:
        image = image.convert('RGB')  # CMYK reaches RGBA only by way of RGB
    return LoadedImage(np.array(image if image.mode == 'RGBA' else image.convert('RGBA')), has_alpha)
