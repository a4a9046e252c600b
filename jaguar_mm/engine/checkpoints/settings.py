"""Settings of a config beside those that a checkpoint has on record: which a resumed run takes, and which not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mmengine.config import Config

UNSET = 'unset'
NOT_TAKEN = (  # the state of optimiser and schedulers, weights and seed come from the checkpoint
    'optim_wrapper.optimizer',
    'optim_wrapper.paramwise_cfg',
    'optim_wrapper.constructor',
    'param_scheduler',
    'auto_scale_lr',
    'randomness.seed',
    'model.backbone.pretrained',
    'model.backbone.checkpoint_path',
    'model.backbone.init_cfg',
    'model.neck.init_cfg',
    'model.head.init_cfg',
    'model.init_cfg',
)
LOSS_SCALE = 'optim_wrapper.loss_scale'  # not taken either, if both trainings are in mixed precision
KINDS = ('type', 'model_name')  # keys that say what a part is
FIXED = (  # what must stay of the same kind
    'model.type',
    'model.backbone',
    'model.neck',
    'model.head',
    'optim_wrapper.optimizer',
    'param_scheduler',
)
BEST = ('default_hooks.checkpoint.save_best', 'default_hooks.checkpoint.rule')  # what the best score so far is one of
PROGRESS = ('last_step', 'best', 'num_bad_epochs', 'cooldown_counter')  # of a scheduler
OF_THE_RUN = ('resume', 'load_from', 'work_dir', 'launcher')
Changes = dict[str, tuple[Any, Any]]


def changed_settings(before: Mapping[str, Any], now: Mapping[str, Any]) -> Changes:
    """Return the settings that differ, each with what it was and what it is; their keys are joined by dots.

    Args:
        before: The config on record, see :func:`~jaguar_mm.engine.checkpoints.recorded_config.parse_config`.
        now: The config of this run in the same form.
    """
    one, other = dict(_leaves(before)), dict(_leaves(now))
    keys = [key for key in {**one, **other} if key.split('.')[0] not in OF_THE_RUN]
    pairs = {key: (one.get(key, UNSET), other.get(key, UNSET)) for key in keys}
    return {key: (was, is_now) for key, (was, is_now) in pairs.items() if was != is_now}


def schedule_changes(before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> Changes:
    """Return what differs between states of schedulers besides their progress: their ends follow the last epoch.

    Args:
        before: The states in the checkpoint.
        now: Those of this run's schedulers.
    """
    pairs = {
        f'param_scheduler.{index}.{key}': (one.get(key), other[key])
        for index, (one, other) in enumerate(zip(before, now, strict=False))
        for key in other
        if type(other[key]) in (int, float, bool) and key not in PROGRESS and not key.startswith('_')
    }
    return {key: (was, is_now) for key, (was, is_now) in pairs.items() if was != is_now}


def other_kinds(changes: Changes) -> Changes:
    """Return the changes that make another network, optimiser or list of schedulers of it."""
    parts = {key: key.split('.') for key in changes if _is_below(key, FIXED)}
    kinds = [key for key, path in parts.items() if path[-1] in KINDS and 'init_cfg' not in path]
    return {key: changes[key] for key in kinds}


def split_changes(changes: Changes) -> tuple[Changes, Changes]:
    """Return the changes that a resumed run takes, and those that it does not."""
    sections = NOT_TAKEN if 'optim_wrapper.type' in changes else (*NOT_TAKEN, LOSS_SCALE)
    taken = {key: pair for key, pair in changes.items() if not _is_below(key, sections)}
    return taken, {key: pair for key, pair in changes.items() if key not in taken}


def put_back(cfg: Config, before: Mapping[str, Any], not_taken: Changes) -> None:
    """Make a config say what is really used.

    Args:
        cfg: The config; changed in place.
        before: The config on record.
        not_taken: Changes that a resumed run does not take.
    """
    for section in (*NOT_TAKEN, LOSS_SCALE):
        if any(_is_below(key, [section]) for key in not_taken):
            _put(cfg, section.split('.'), before)


def put_ends_back(cfg: Config, not_taken: Changes, steps_per_epoch: int) -> None:
    """Write down where schedules end that the config leaves to end with the training, which was another one before.

    Args:
        cfg: The config, put back already; changed in place.
        not_taken: Changes that a resumed run does not take.
        steps_per_epoch: Of the training.
    """
    for index, schedule in enumerate(cfg.get('param_scheduler') or []):
        end, _ = not_taken.get(f'param_scheduler.{index}.end', (None, None))
        if 'end' not in schedule and end not in (None, UNSET):
            schedule['end'] = end // steps_per_epoch if schedule.get('convert_to_iter_based') else end


def forget_other_best(message_hub: Mapping[str, dict], changes: Changes) -> None:
    """Remove the best score so far from a checkpoint's messages if the best is now chosen by something else."""
    if any(key in changes for key in BEST):
        for part in ('runtime_info', 'resumed_keys'):
            for key in ('best_score', 'best_ckpt'):
                message_hub[part].pop(key, None)


def described(changes: Changes) -> str:
    """Return changes in words."""
    return ', '.join(f'{key} (was {was!r}, now {is_now!r})' for key, (was, is_now) in changes.items())


def _put(cfg: Any, path: list[str], source: Any) -> None:
    """Copy what stands at a path of a nesting of dicts, or remove it where the source has nothing there."""
    key, *rest = path
    if rest and isinstance(source.get(key), Mapping) and isinstance(cfg.get(key), Mapping):
        _put(cfg[key], rest, source[key])
    elif not rest and key in source:
        cfg[key] = source[key]
    elif not rest:
        cfg.pop(key, None)


def _leaves(node: Any, prefix: str = '') -> Iterator[tuple[str, Any]]:
    """Yield every value of a nesting of dicts and lists with the keys that lead to it; an empty one is a value."""
    if isinstance(node, list | tuple):
        node = dict(enumerate(node))
    if not isinstance(node, Mapping) or not node:
        yield prefix, node
        return
    for key, child in node.items():
        yield from _leaves(child, f'{prefix}.{key}' if prefix else str(key))


def _is_below(key: str, sections: Iterable[str]) -> bool:
    return any(key == section or key.startswith(f'{section}.') for section in sections)
