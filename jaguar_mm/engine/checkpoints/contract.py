"""A contract between a checkpoint and what evaluates it: the same background, size and normalisation."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from mmengine.logging import print_log

from jaguar_mm.engine.checkpoints.recorded_config import (
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
    """Images would be evaluated in another way than the checkpoint was; the message says how to mend it."""


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
    differences, unknown = [], []
    for term, compare in TERMS.items():
        try:
            differences += compare(parse_config(meta['cfg']), cfg, loader)
        except UNREADABLE:
            unknown.append(term)
    if unknown:
        _log(f'the checkpoint does not say its {" and ".join(unknown)} (meta.cfg), so nothing could be compared')
    if not differences:
        return
    message = (
        f'the checkpoint was tested with {"; and with ".join(differences)}. If that is meant, set '
        f'default_hooks.background_contract.on_mismatch=ignore'
    )
    if action == 'raise':
        raise ContractError(message)
    _log(message, logging.WARNING)


def action_of(cfg: dict) -> str:
    """Return what a config's BackgroundContractHook is to do; ``'warn'`` if it has none."""
    hooks = nested_dicts([cfg.get('default_hooks'), cfg.get('custom_hooks')])
    return next((h.get('on_mismatch', 'warn') for h in hooks if step_kind(h) == 'BackgroundContractHook'), 'warn')


def _compare_backgrounds(record: dict, cfg: dict, loader: str) -> Iterator[str]:
    """Yield in words how the background differs, if it does."""
    before, after = backgrounds(_tested_by(record, loader)), backgrounds(_tested_by(cfg, loader))
    trained, tested, now = (_modes(masks) for masks in (before['training'], before['testing'], after['testing']))
    if now == tested:
        return
    unseen = set(now) - set(trained) and ('random' not in trained or 'keep' in now)
    never = f', which it has never seen in training ({_named(trained)})' if unseen else ''
    yield (
        f'the background {_named(tested)}, but {loader} has {_named(now)}{never}: set AlphaMask.background to '
        f'{_named(tested)} in {loader}.dataset.pipeline'
    )


def _compare_preprocessing(record: dict, cfg: dict, loader: str) -> Iterator[str]:
    """Yield in words how size, geometric transforms and normalisation differ, if they do."""
    before, after = preprocessing(_tested_by(record, loader)), preprocessing(_tested_by(cfg, loader))
    steps = [[_plain(step) for step in found['steps'] if _is_geometric(step)] for found in (before, after)]
    if not _alike(before['input_size'], after['input_size']):
        sizes = [_plain(found['input_size']) for found in (before, after)]
        yield f'images of {sizes[0]} (width, height), but {loader} makes them {sizes[1]}: see its Resize'
    elif steps[0] != steps[1]:
        yield f'the steps {", ".join(steps[0])}, but {loader} has {", ".join(steps[1])}'
    for key in ('mean', 'std'):
        if not _alike(before[key], after[key]):
            yield f'the {key} {_plain(before[key])}, but the model has {_plain(after[key])}: see data_preprocessor'


def _tested_by(cfg: dict, loader: str) -> dict:
    """Return a config whose test dataloader is the given one, if it has that; it need not train."""
    chosen = cfg.get(loader) or cfg.get('test_dataloader')
    return dict(cfg, test_dataloader=chosen, train_dataloader=cfg.get('train_dataloader'))


def _modes(masks: list[dict]) -> list[str]:
    return [mask['background'] for mask in masks]


def _named(modes: list[str]) -> str:
    return ', '.join(repr(mode) for mode in dict.fromkeys(modes)) or NONE


def _is_geometric(step: dict) -> bool:
    """Whether a transform may change what is seen; where an image is loaded from (``Load...``) does not."""
    return step_kind(step) not in KEEPING_SIZE and not step_kind(step).startswith('Load')


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


TERMS = {'background': _compare_backgrounds, 'preprocessing': _compare_preprocessing}
