"""A labelled set's images embedded once under every background condition."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from mmengine.config import Config, ConfigDict
from torch import nn

from jaguar_mm.datasets.transforms.condition import CONDITIONS
from jaguar_mm.engine.checkpoints.recorded_config import step_kind
from jaguar_mm.engine.config_encoder import config_encoder, dataset_of


def under_condition(pipeline: Sequence[dict], condition: str, donors: Mapping[str, str]) -> list[dict]:
    """Return a pipeline with the condition in the place of its ``AlphaMask``.

    Args:
        pipeline: Configs of the transforms.
        condition: One of :data:`~jaguar_mm.datasets.transforms.condition.CONDITIONS`.
        donors: Name of each image to the path of the one that gives its background.

    Raises:
        ValueError: If it has no AlphaMask, or several.
    """
    places = [place for place, step in enumerate(pipeline) if step_kind(step) == 'AlphaMask']
    if len(places) != 1:
        raise ValueError(
            f'the pipeline needs one AlphaMask, whose place the conditions take, and has {len(places)}; put one after '
            f"LoadRGBA, AlphaMask(background='keep') if the background is to stay"
        )
    before, after = list(pipeline[: places[0]]), list(pipeline[places[0] + 1 :])
    step = dict(type='BackgroundCondition', condition=condition)
    if condition == 'swapped':
        step |= dict(before=before, donors=dict(donors))
    return [*before, step, *after]


def embed_conditions(
    cfg: Config,
    model: nn.Module,
    loader: ConfigDict,
    donors: Mapping[str, str],
    folder: Path,
    *,
    advance: Callable[[int], None] = lambda images: None,
) -> dict[str, np.ndarray]:
    """Embed all images under every condition; an interrupted job goes on where it was.

    Args:
        cfg: The config.
        model: A :class:`~jaguar_mm.models.classifiers.ReIDClassifier`.
        loader: Config of the dataloader.
        donors: Name of each image to the path of the one that gives its background.
        folder: Where finished conditions and batches are kept until all are done.
        advance: Called with the number of images after every batch.

    Returns:
        Condition to embeddings (N, D).

    Raises:
        ValueError: If the data set joins others.
    """
    if 'pipeline' not in loader.dataset:
        raise ValueError(
            f'dataset.type {loader.dataset.type} has no pipeline to put the conditions in; report on one data set at a '
            f'time, without ConcatDataset or RepeatDataset'
        )
    embeddings = {}
    for condition in CONDITIONS:
        pipeline = under_condition(loader.dataset.pipeline, condition, donors)
        changed = ConfigDict(loader | dict(dataset=loader.dataset | dict(pipeline=pipeline)))
        dataset = dataset_of(changed)
        embeddings[condition] = config_encoder(cfg, model, changed, dataset)(
            dataset,
            batch_size=loader.batch_size,
            workers=loader.num_workers,
            parts=folder / condition,
            keep=True,
            advance=advance,
        ).vectors
    shutil.rmtree(folder)
    return embeddings
