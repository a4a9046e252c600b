"""A sheet that shows what a competition looks like."""

from __future__ import annotations

import cv2
import numpy as np

from jaguar_mm.reports.sheet import fit
from jaguar_mm.synthesis.competition import make_image
from jaguar_mm.synthesis.plan import CompetitionSpec, plan_images

TILE = (208, 128)  # width and height in pixels
GAP, LABEL = 6, 22
PAPER, INK = (255, 255, 255), (40, 40, 40)


def contact_sheet(spec: CompetitionSpec, identities: int = 4, images: int = 6) -> np.ndarray:
    """Draw one row of training images for each of the first animals, under its name.

    Only the first image of a burst is taken.

    Args:
        spec: The competition.
        identities: Rows.
        images: Columns.

    Returns:
        RGB, uint8 (H, W, 3).
    """
    opening = {plan.burst: plan for plan in reversed(plan_images(spec)) if plan.split == 'train'}
    plans = sorted(opening.values(), key=lambda plan: plan.number)
    rows = []
    for identity in range(min(identities, spec.identities)):
        chosen = [plan for plan in plans if plan.identity == identity][:images]
        tiles = [_tile(make_image(spec, plan)[0][..., :3]) for plan in chosen]
        tiles += [np.full_like(tiles[0], 255)] * (images - len(tiles))
        row = np.hstack(tiles)
        label = np.full((LABEL, row.shape[1], 3), PAPER, np.uint8)
        cv2.putText(label, chosen[0].name, (GAP, LABEL - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.5, INK, 1, cv2.LINE_AA)
        rows += [label, row]
    return np.vstack(rows)


def _tile(image: np.ndarray) -> np.ndarray:
    """Fit an image into a tile with a gap around it."""
    tile = np.full((TILE[1] + GAP, TILE[0] + GAP, 3), PAPER, np.uint8)
    edge = GAP // 2
    tile[edge : edge + TILE[1], edge : edge + TILE[0]] = fit(image, TILE[::-1], backdrop=255)
    return tile
