"""Make a synthetic competition: plan it, render it in parallel, write it whole."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from jaguar_mm.synthesis.coat import coat
from jaguar_mm.synthesis.folder import whole_folder
from jaguar_mm.synthesis.image import render
from jaguar_mm.synthesis.look import draw_look
from jaguar_mm.synthesis.plan import CompetitionSpec, ImagePlan, plan_images
from jaguar_mm.synthesis.station import panorama
from jaguar_mm.synthesis.streams import Stream, generator
from jaguar_mm.synthesis.tables import write_tables

COAT_DETAIL = 0.65  # coat pixels per torso length and per pixel of an image's longer side
COMPRESSION = 1  # fast; grain hardly compresses anyway
CHUNK = 16  # images handed to a worker at once


def make_competition(
    spec: CompetitionSpec,
    out: Path,
    *,
    workers: int = 1,
    flat: bool = False,
    overwrite: bool = False,
    advance: Callable[[], object] = lambda: None,
) -> None:
    """Write a competition in Kaggle's layout, with ``solution.csv`` and ``metadata.csv`` besides.

    The files depend on ``spec`` and ``flat`` alone.

    Args:
        spec: What it is to be like.
        out: Folder to make; it appears once everything is in it.
        workers: Processes that render.
        flat: Put images into ``train/`` and ``test/``, not into Kaggle's nested ``train/train/`` and ``test/test/``.
        overwrite: Replace a competition made before.
        advance: Called after each image.

    Raises:
        FolderError: If the folder exists, is not empty, and may not be replaced.
    """
    plans = plan_images(spec)
    with whole_folder(out, overwrite=overwrite, signature=('train.csv', 'solution.csv', 'metadata.csv')) as root:
        folders = {split: root / split if flat else root / split / split for split in ('train', 'test')}
        for folder in folders.values():
            folder.mkdir(parents=True)
        by_coat = sorted(plans, key=lambda plan: (plan.identity, plan.flank))  # a worker draws a coat once
        lights = {}
        with ProcessPoolExecutor(workers, multiprocessing.get_context('spawn'), cv2.setNumThreads, (1,)) as pool:
            rendered = pool.map(partial(_write_image, spec, folders), by_coat, chunksize=CHUNK)
            for plan, light in zip(by_coat, rendered, strict=True):
                lights[plan.number] = light
                advance()
        write_tables(root, spec, [(plan, lights[plan.number]) for plan in plans])


def make_image(spec: CompetitionSpec, plan: ImagePlan) -> tuple[np.ndarray, str]:
    """Render one image.

    Args:
        spec: What the competition is like.
        plan: What the image is of.

    Returns:
        RGBA, uint8 (H, W, 4), and the kind of its light.
    """
    own = generator(spec.seed, Stream.IMAGE, plan.number)
    shift = spec.shift if plan.split == 'test' else 0.0
    look = draw_look(generator(spec.seed, Stream.BURST, plan.burst), own, facing_right=plan.flank == 1, shift=shift)
    skin = coat(spec.seed, plan.identity, plan.flank, round(COAT_DETAIL * spec.size))
    image = render(look, skin, panorama(spec.seed, plan.camera), spec.size, own)
    if spec.round == 2:
        image[image[..., 3] == 0] = 0
    return image, look.light.kind


def _write_image(spec: CompetitionSpec, folders: dict[str, Path], plan: ImagePlan) -> str:
    """Render an image into its file; return the kind of its light."""
    image, light = make_image(spec, plan)
    _, encoded = cv2.imencode('.png', image[..., [2, 1, 0, 3]], [cv2.IMWRITE_PNG_COMPRESSION, COMPRESSION])
    (folders[plan.split] / plan.filename).write_bytes(encoded.tobytes())
    return light
