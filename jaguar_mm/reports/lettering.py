"""Lines of text on sheets."""

from __future__ import annotations

import unicodedata

import cv2
import numpy as np

INK = (31, 35, 40)  # RGB
FONT = cv2.FONT_HERSHEY_SIMPLEX


def write(drawn: np.ndarray, text: str, place: tuple[int, int], size: float, width: int) -> None:
    """Write a line; where it is too long its beginning gives way, for the end of a path tells images apart.

    Args:
        drawn: What is written on, RGB uint8 (H, W, 3); changed.
        text: The line.
        place: Left and bottom of it in pixels.
        size: How large, as a share of the font's own size.
        width: Most pixels from left to right.
    """
    cv2.putText(drawn, _shortened(plain_letters(text), size, width), place, FONT, size, INK, 1, cv2.LINE_AA)


def plain_letters(text: str) -> str:
    """Return a text in the letters that the font has: those without accents, ``?`` for any other."""
    apart = unicodedata.normalize('NFKD', text)
    return ''.join(letter if letter.isascii() else '?' for letter in apart if not unicodedata.combining(letter))


def _shortened(text: str, size: float, width: int) -> str:
    if _width(text, size) <= width:
        return text
    while text and _width(f'...{text}', size) > width:
        text = text[1:]
    return f'...{text}'


def _width(text: str, size: float) -> int:
    return cv2.getTextSize(text, FONT, size, 1)[0][0]
