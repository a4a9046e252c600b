"""What must be as it was for a training to be resumed: classes, network, optimiser, steps."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

from jaguar_mm.engine.checkpoints.fitting import weights_of
from jaguar_mm.engine.checkpoints.seal import CheckpointError
from jaguar_mm.engine.checkpoints.settings import Changes, described, other_kinds

TRAINING_STATE = ('optimizer', 'message_hub')
SAME_STEPS = {
    'steps_per_epoch': 'steps an epoch',
    'batch_size': 'images a step and process (train_dataloader.batch_size)',
    'processes': 'processes',
}


def check_training_state(checkpoint: Mapping[str, Any], path: str | os.PathLike) -> None:
    """Raise CheckpointError if a file holds weights only."""
    missing = [key for key in TRAINING_STATE if key not in checkpoint]
    if missing:
        raise CheckpointError(
            f'{path}: has no {missing[0]!r}, only weights; resume from an epoch_*.pth or iter_*.pth, or '
            f'start from these weights with --cfg-options load_from={path}'
        )


def check_steps(before: Mapping[str, Any], now: Mapping[str, int], path: str | os.PathLike) -> None:
    """Compare how the training set is cut into steps.

    Args:
        before: The checkpoint's ``meta``; what an older one does not say is not compared.
        now: Values of the keys of :data:`SAME_STEPS`.
        path: The checkpoint.

    Raises:
        CheckpointError: If they differ.
    """
    for key, words in SAME_STEPS.items():
        if before.get(key) not in (None, now[key]):
            raise cannot_resume(
                path,
                f'was trained with {before[key]} {words}, this run has {now[key]}: another number of processes, batch '
                f'size or training set',
            )


def check_classes(before: Sequence[str] | None, now: Sequence[str], path: str | os.PathLike) -> None:
    """Compare the classes, whose order is that of the head.

    Raises:
        CheckpointError: If they differ; the message names the first ones.
    """
    if before is None or list(before) == list(now):
        return
    if words := named_changes(before, now):
        what = f'learnt {len(before)} classes, and the training set now {words}'
    else:
        place = next(index for index, pair in enumerate(zip(before, now, strict=False)) if pair[0] != pair[1])
        what = f'learnt the same classes in another order: number {place} was {before[place]!r}, now {now[place]!r}'
    raise cannot_resume(path, what)


def check_kinds(changes: Changes, path: str | os.PathLike) -> None:
    """Raise CheckpointError if changed settings make another kind of network, optimiser or schedule."""
    if others := other_kinds(changes):
        raise cannot_resume(path, f'was trained with other parts: {described(others)}')


def check_network(checkpoint: Mapping[str, Any], model: nn.Module, path: str | os.PathLike) -> None:
    """Compare names and shapes of all weights, head included.

    Raises:
        CheckpointError: If they differ; the message names the first one.
    """
    before, now = _shapes(weights_of(checkpoint)), _shapes(model.state_dict())
    different = [name for name in [*now, *before] if before.get(name) != now.get(name)]
    if different:
        first = different[0]
        shapes = f'{before.get(first, "absent")} in the checkpoint, {now.get(first, "absent")} in this model'
        raise cannot_resume(path, f'is of another network: {first} is {shapes}')


def check_optimizer(checkpoint: Mapping[str, Any], optimizer: Optimizer, path: str | os.PathLike) -> None:
    """Compare how the optimiser groups the parameters.

    Raises:
        CheckpointError: If it does in another way.
    """
    before, now = (
        [len(group['params']) for group in groups]
        for groups in (checkpoint['optimizer']['param_groups'], optimizer.param_groups)
    )
    if before != now:
        raise cannot_resume(
            path,
            f'trained {sum(before)} parameters in {len(before)} groups, this run trains {sum(now)} in {len(now)}: '
            f'another optim_wrapper.paramwise_cfg or another frozen part',
        )


def check_averages(checkpoint: Mapping[str, Any], averaging: bool, path: str | os.PathLike) -> None:
    """Raise CheckpointError if averaged weights, which stand in the place of the trained ones, would be trained on."""
    if 'ema_state_dict' in checkpoint and not averaging:
        raise cannot_resume(path, 'was trained with an EMAHook, and this run has none')


def cannot_resume(path: str | os.PathLike, what: str) -> CheckpointError:
    """Return the error that says why a checkpoint cannot be resumed from, and what to do."""
    return CheckpointError(
        f'{path}: {what}. Resume as it was, or start from its weights with --cfg-options load_from={path} and without '
        f'--resume'
    )


def named_changes(before: Sequence[str], now: Sequence[str]) -> str:
    """Say which names are gone and which are new, nothing if none is."""
    lost, new = ([name for name in one if name not in other] for one, other in ((before, set(now)), (now, set(before))))
    return ' and '.join(f'{verb} {_first(names)}' for verb, names in (('lacks', lost), ('adds', new)) if names)


def _shapes(weights: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(weight.shape) for name, weight in weights.items()}


def _first(names: Sequence[str], shown: int = 5) -> str:
    return f'{", ".join(map(repr, names[:shown]))}{f" and {len(names) - shown} more" if len(names) > shown else ""}'
