"""A contract between a checkpoint and what evaluates it: the same background, size and normalisation."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from mmengine.logging import print_log

from jaguar_mm.engine.recorded_config import (
    KEEPING_SIZE,
    backgrounds,
    nested_dicts,
    parse_config,
    preprocessing,
    step_kind,
)

ON_MISMATCH = ('warn', 'raise', 'ignore')
UNREADABLE = (KeyError, TypeError, AttributeError, StopIteration, RuntimeError, ValueError)
NONE = 'no AlphaMask'


class ContractError(ValueError):
    """Pictures would be evaluated in another way than the checkpoint was; the message says how to mend it."""


def keep_contract(meta: Mapping[str, Any], cfg: dict, loader: str, action: str) -> None:
    """Compare what a checkpoint has on record with a config that evaluates it.

    The record's own testing is the reference, as training may differ from it on purpose (random backgrounds). A
    checkpoint without a readable record, from elsewhere, is only said to have none.

    Args:
        meta: The checkpoint's ``meta``.
        cfg: The config that evaluates.
        loader: ``'val_dataloader'`` or ``'test_dataloader'``, whichever is about to run.
        action: ``'warn'``, ``'raise'`` or ``'ignore'``.

    Raises:
        ContractError: If they differ and the action is ``'raise'``.
    """
    if action == 'ignore':
        return
    try:
        record = parse_config(meta['cfg'])
        differences = list(mismatches(record, cfg, loader))
    except UNREADABLE:
        _log('the checkpoint does not say how its pictures were prepared (meta.cfg), so nothing could be compared')
        return
    message = (
        f'the checkpoint was tested in another way than {loader} does it: {"; ".join(differences)}. If that is meant, '
        f"set on_mismatch='ignore' of the BackgroundContractHook"
    )
    if differences and action == 'raise':
        raise ContractError(message)
    if differences:
        _log(message, logging.WARNING)


def on_mismatch(cfg: dict) -> str:
    """Return what a config's BackgroundContractHook is to do; ``'warn'`` if it has none."""
    hooks = nested_dicts([cfg.get('default_hooks'), cfg.get('custom_hooks')])
    return next((h.get('on_mismatch', 'warn') for h in hooks if step_kind(h) == 'BackgroundContractHook'), 'warn')


def mismatches(record: dict, cfg: dict, loader: str) -> Iterator[str]:
    """Yield in words how a config's pictures differ from those of the record, the background first.

    Args:
        record: The recorded config, see :func:`~jaguar_mm.engine.recorded_config.parse_config`.
        cfg: The config that evaluates.
        loader: Name of the dataloader that is about to run.

    Raises:
        KeyError, TypeError, AttributeError, StopIteration, RuntimeError: If one of them is no such config.
    """
    recorded, present = _tested_by(record, loader), _tested_by(cfg, loader)
    trained, tested = (_modes(backgrounds(recorded)[part]) for part in ('training', 'testing'))
    now = _modes(backgrounds(present)['testing'])
    if now != tested:
        unseen = set(now) - set(trained) and ('random' not in trained or 'keep' in now)
        yield (
            f'its background was {_named(tested)}, now it is {_named(now)}'
            f'{f", which it has never seen in training ({_named(trained)})" if unseen else ""}; '
            f'set AlphaMask.background to {_named(tested)} in {loader}.dataset.pipeline'
        )
    before, after = preprocessing(recorded), preprocessing(present)
    for what, key in (('size (width, height)', 'input_size'), ('mean', 'mean'), ('standard deviation', 'std')):
        if not _alike(before[key], after[key]):
            place = f'{loader}.dataset.pipeline' if key == 'input_size' else f'model.data_preprocessor.{key}'
            yield f'the {what} of its pictures was {_plain(before[key])}, now it is {_plain(after[key])}; see {place}'
    steps = [[_plain(step) for step in found['steps'] if _is_geometric(step)] for found in (before, after)]
    if steps[0] != steps[1] and _alike(before['input_size'], after['input_size']):
        yield f'its pictures went through {", ".join(steps[0])}, now they go through {", ".join(steps[1])}'


def _tested_by(cfg: dict, loader: str) -> dict:
    """Return a config whose test dataloader is the given one, if it has that; it need not train."""
    chosen = cfg.get(loader) or cfg.get('test_dataloader')
    return dict(cfg, test_dataloader=chosen, train_dataloader=cfg.get('train_dataloader'))


def _modes(masks: list[dict]) -> list[str]:
    return [mask['background'] for mask in masks]


def _named(modes: list[str]) -> str:
    return ', '.join(repr(mode) for mode in dict.fromkeys(modes)) or NONE


def _is_geometric(step: dict) -> bool:
    return step_kind(step) not in KEEPING_SIZE


def _alike(one: Any, other: Any) -> bool:
    """Whether two triples or sizes, or None for unknown, are the same up to rounding."""
    if one is None or other is None:
        return one is other
    return np.allclose(one, other, rtol=0, atol=1e-3)


def _plain(value: Any) -> str:
    """Return a config's value as text, the same for lists and tuples."""
    return json.dumps(value, sort_keys=True, default=str)


def _log(message: str, level: int = logging.INFO) -> None:
    print_log(message, logger='current', level=level)
