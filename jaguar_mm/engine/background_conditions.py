"""A labelled set's pictures embedded once under every background condition."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from mmengine.config import ConfigDict
from torch import nn
from torch.utils.data import BatchSampler

from jaguar_mm.batches import Batches
from jaguar_mm.datasets.transforms.condition import CONDITIONS
from jaguar_mm.engine.checkpoints.recorded_config import step_kind
from jaguar_mm.engine.extraction import embed_batches
from jaguar_mm.registry import DATASETS


def under_condition(pipeline: Sequence[dict], condition: str, donors: Mapping[str, str]) -> list[dict]:
    """Return a pipeline with the condition in the place of its ``AlphaMask``.

    Args:
        pipeline: Configs of the transforms.
        condition: One of :data:`~jaguar_mm.datasets.transforms.condition.CONDITIONS`.
        donors: Name of each picture to the path of the one that gives its background.

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
    model: nn.Module,
    loader: ConfigDict,
    donors: Mapping[str, str],
    folder: Path,
    job: dict,
    *,
    half: bool = False,
    advance: Callable[[int], None] = lambda pictures: None,
) -> dict[str, np.ndarray]:
    """Embed all pictures under every condition; an interrupted job goes on where it was.

    Args:
        model: A :class:`~jaguar_mm.models.classifiers.ReIDClassifier`.
        loader: Config of the dataloader.
        donors: Name of each picture to the path of the one that gives its background.
        folder: Where finished batches are kept until all are done.
        job: What the embeddings depend on.
        half: Whether to compute in automatic mixed precision.
        advance: Called with the number of pictures after every batch.

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
    kept = {}
    for condition in CONDITIONS:
        pipeline = under_condition(loader.dataset.pipeline, condition, donors)
        dataset = DATASETS.build(loader.dataset | dict(pipeline=pipeline))
        plan = list(BatchSampler(range(len(dataset)), loader.batch_size, drop_last=False))
        kept[condition] = Batches(folder / condition, job | dict(condition=condition), len(plan))
        embed_batches(model, dataset, plan, kept[condition], workers=loader.num_workers, half=half, advance=advance)
    embeddings = {condition: batches.joined() for condition, batches in kept.items()}
    for batches in kept.values():
        batches.discard()
    folder.rmdir()
    return embeddings
