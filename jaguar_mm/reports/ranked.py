"""The ranked-results picture: each query beside its best matches, framed by whether they are right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from jaguar_mm.images import composite, load_rgba

RIGHT, WRONG, UNKNOWN, QUERY = (46, 160, 67), (207, 34, 46), (140, 149, 159), (31, 35, 40)  # RGB
PAPER = (255, 255, 255)
TILE = (104, 156)  # height, width in px
BORDER, GAP, CAPTION = 4, 6, 16  # px


@dataclass(frozen=True)
class Tile:
    """One picture of a row.

    Attributes:
        path: Its file.
        caption: A short line under it.
        frame: Colour of the border, RGB.
    """

    path: str
    caption: str
    frame: tuple[int, int, int]


def ranked_rows(
    similarity: np.ndarray,
    query_paths: Sequence[str],
    gallery_paths: Sequence[str],
    query_ids: Sequence[str | None],
    gallery_ids: Sequence[str | None],
    ignore: np.ndarray,
    queries: Sequence[int],
    top: int = 10,
) -> list[list[Tile]]:
    """Lay out the best matches of some queries.

    Args:
        similarity: (M, N), larger is more alike.
        query_paths: Files of the queries (M,).
        gallery_paths: Files of the gallery (N,).
        query_ids: Identities (M,), None where unknown.
        gallery_ids: Identities (N,), None where unknown.
        ignore: Pairs left out (a query in its own gallery, for one), boolean (M, N).
        queries: Which queries to draw.
        top: How many matches a row shows.

    Returns:
        One row a query: the query, then its matches from the best on.
    """
    rows = []
    for query in queries:
        order = np.argsort(-similarity[query], kind='stable')
        order = order[~ignore[query, order]][:top]
        row = [Tile(query_paths[query], query_ids[query] or 'query', QUERY)]
        for match in order:
            frame = _frame(query_ids[query], gallery_ids[match])
            caption = f'{similarity[query, match]:.2f} {gallery_ids[match] or ""}'.strip()
            row.append(Tile(gallery_paths[match], caption, frame))
        rows.append(row)
    return rows


def _frame(query_id: str | None, match_id: str | None) -> tuple[int, int, int]:
    if query_id is None or match_id is None:
        return UNKNOWN
    return RIGHT if query_id == match_id else WRONG


def draw_rows(rows: Sequence[Sequence[Tile]]) -> np.ndarray:
    """Draw rows of tiles on one sheet.

    Args:
        rows: At least one row with at least one tile.

    Returns:
        RGB picture uint8 (H, W, 3).
    """
    width = max(len(row) for row in rows)
    cell_height, cell_width = TILE[0] + 2 * BORDER + CAPTION + GAP, TILE[1] + 2 * BORDER + GAP
    sheet = np.full((len(rows) * cell_height + GAP, width * cell_width + GAP, 3), PAPER, np.uint8)
    for i, row in enumerate(rows):
        for j, tile in enumerate(row):
            top, left = GAP + i * cell_height, GAP + j * cell_width
            drawn = _draw_tile(tile)
            sheet[top : top + drawn.shape[0], left : left + drawn.shape[1]] = drawn
    return sheet


def _draw_tile(tile: Tile) -> np.ndarray:
    """Return one framed picture with its caption, uint8 (H, W, 3)."""
    picture = load_rgba(tile.path).pixels
    picture = composite(picture, np.full((*picture.shape[:2], 3), 225, np.uint8))
    scale = min(TILE[0] / picture.shape[0], TILE[1] / picture.shape[1])
    size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))  # width, height
    picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    drawn = np.full((TILE[0] + 2 * BORDER + CAPTION, TILE[1] + 2 * BORDER, 3), PAPER, np.uint8)
    drawn[: TILE[0] + 2 * BORDER] = tile.frame
    drawn[BORDER : BORDER + TILE[0], BORDER : BORDER + TILE[1]] = 245
    top, left = BORDER + (TILE[0] - size[1]) // 2, BORDER + (TILE[1] - size[0]) // 2
    drawn[top : top + size[1], left : left + size[0]] = picture
    origin = (BORDER, drawn.shape[0] - 4)
    cv2.putText(drawn, tile.caption[:22], origin, cv2.FONT_HERSHEY_SIMPLEX, 0.4, QUERY, 1, cv2.LINE_AA)
    return drawn
