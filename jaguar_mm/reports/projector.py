"""Embeddings as files of TensorBoard's projector, which turns them about in three dimensions.

The form is that of TensorBoard 2.21: ``tensors.tsv`` has one row an embedding and no header; ``metadata.tsv`` has a
header if and only if it has several columns; ``sprite.png`` holds all images as equal squares, row by row. The
projector reads at most 100,000 rows and a sprite of at most 8,192 pixels a side, and it finds an image only if the
sprite has as many rows as columns.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from jaguar_mm.reports.sheet import fit, opaque

MOST = 100_000  # rows
SPRITE_SIDE = 8192  # px
LARGEST = 64  # px of one image in the sprite
ESCAPES = str.maketrans({'\\': r'\\', '\t': r'\t', '\n': r'\n', '\r': r'\r'})
CONFIG = """\
embeddings {{
  tensor_name: "embeddings"
  tensor_path: "tensors.tsv"
  metadata_path: "metadata.tsv"
{sprite}}}
"""
SPRITE = """\
  sprite {{
    image_path: "sprite.png"
    single_image_dim: {side}
    single_image_dim: {side}
  }}
"""


def projector_files(
    embeddings: np.ndarray, names: Sequence[str], identities: Sequence[str] | None = None
) -> dict[str, bytes]:
    """Return the files without images: name to content.

    Args:
        embeddings: (N, D).
        names: Of the images (N,).
        identities: Identity of each (N,), None if they are not known.

    Raises:
        ValueError: If there are more than the projector reads.
    """
    if len(names) > MOST:
        raise ValueError(f'{len(names):,} embeddings are more than the {MOST:,} that the projector reads; give fewer')
    tensors = io.BytesIO()
    np.savetxt(tensors, embeddings, fmt='%.7g', delimiter='\t')
    columns = [names] if identities is None else [['name', *names], ['identity', *identities]]
    lines = ('\t'.join(map(_one_line, row)) + '\n' for row in zip(*columns, strict=True))
    return {
        'tensors.tsv': tensors.getvalue(),
        'metadata.tsv': ''.join(lines).encode(),
        'projector_config.pbtxt': CONFIG.format(sprite='').encode(),
    }


def sprite_files(images: Iterable[np.ndarray], count: int) -> dict[str, bytes]:
    """Return the sprite and the config that names it: name to content.

    Args:
        images: uint8 (H, W, 3) or (H, W, 4), as many as there are embeddings and in their order.
        count: How many there are, from 1 on.
    """
    across = math.ceil(math.sqrt(count))
    side = min(LARGEST, SPRITE_SIDE // across)
    sprite = np.full((across * side, across * side, 3), 255, np.uint8)
    for place, image in enumerate(images):
        top, left = place // across * side, place % across * side
        sprite[top : top + side, left : left + side] = fit(opaque(image), (side, side))
    return {
        'sprite.png': cv2.imencode('.png', sprite[..., ::-1])[1].tobytes(),
        'projector_config.pbtxt': CONFIG.format(sprite=SPRITE.format(side=side)).encode(),
    }


def _one_line(text: str) -> str:
    """Return a text whose tabs and line breaks, which would make further columns and rows, are written as escapes."""
    return text.translate(ESCAPES)
