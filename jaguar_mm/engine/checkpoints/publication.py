"""What a published file says of its weights: the checkpoint's ``meta`` and what follows from it.

That is background, preprocessing, embedding width, scores, versions and source.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import timm
import torch
from torch import Tensor

import jaguar_mm
from jaguar_mm.encoders.published import IN_FLOAT
from jaguar_mm.engine.checkpoints.described_encoder import describe_encoder
from jaguar_mm.engine.checkpoints.recorded_config import backgrounds, parse_config, preprocessing
from jaguar_mm.engine.loops import VALIDATED
from jaguar_mm.storage.files import file_digest

NO_SCORES = ('val/time', 'val/data_time')


def describe(checkpoint: dict, path: str | os.PathLike) -> dict[str, Any]:
    """Return the header of a checkpoint that is to be published.

    Nothing of its config is run or built.

    Args:
        checkpoint: What the file holds.
        path: The file.

    Raises:
        ValueError: If the checkpoint does not say how it was trained, or its weights are not finite.
    """
    meta = checkpoint.get('meta') or {}
    if 'format_version' in meta:
        raise ValueError(f'{path}: is published already; give the checkpoint that it came from')
    if 'cfg' not in meta or 'classes' not in meta.get('dataset_meta', {}) or 'state_dict' not in checkpoint:
        raise ValueError(
            f'{path}: does not say its config and classes (meta.cfg, meta.dataset_meta.classes), so nobody could use '
            f'it; only checkpoints that jaguar-mm train wrote can be published'
        )
    _check_weights(checkpoint['state_dict'], path)
    try:
        cfg = parse_config(meta['cfg'])
        described = dict(
            background=backgrounds(cfg),
            preprocessing=preprocessing(cfg),
            network=cfg['model']['backbone'].get('model_name'),
            embedding_width=meta.get('embedding_width') or cfg['model']['head'].get('in_channels'),
            encoder=describe_encoder(cfg),
            scores=_scores(checkpoint, cfg),
        )
    except (KeyError, TypeError, AttributeError, StopIteration, RuntimeError, ValueError) as error:
        raise ValueError(f'{path}: its config (meta.cfg) is not one that can be described ({error!r})') from error
    return {
        **meta,
        **described,
        'format_version': IN_FLOAT,
        'source': {'file': Path(path).name, 'sha256': file_digest(path)},
        'published_with': {'jaguar_mm': jaguar_mm.__version__, 'torch': torch.__version__, 'timm': timm.__version__},
    }


def _check_weights(weights: Mapping[str, Any], path: str | os.PathLike) -> None:
    """Raise ValueError unless all are tensors of finite numbers, some of them a backbone's."""
    if not any(name.startswith('backbone.') for name in weights):
        raise ValueError(f"{path}: has no weight whose name begins with 'backbone.', so nobody could embed with it")
    for name, weight in weights.items():
        if not isinstance(weight, Tensor):
            raise ValueError(f'{path}: {name} is a {type(weight).__name__}, not a tensor; it cannot be published')
        if not weight.isfinite().all():
            raise ValueError(f'{path}: {name} has NaN or Inf; publish an earlier checkpoint')


def _scores(checkpoint: dict, cfg: dict) -> dict[str, Any]:
    """Return what was known of validations: scores of the last one, whether it was of these weights, and the best."""
    meta, hub = checkpoint['meta'], checkpoint.get('message_hub', {'runtime_info': {}, 'log_scalars': {}})
    known, histories = hub['runtime_info'], hub['log_scalars']
    last = {key: history for key, history in histories.items() if key.startswith('val/') and key not in NO_SCORES}
    epoch, steps_per_epoch = known.get(VALIDATED, -1), meta.get('steps_per_epoch', -1)
    scores = {
        'last': {key.removeprefix('val/'): float(history.current()) for key, history in last.items()},
        'of_these_weights': (meta.get('epoch'), meta.get('iter')) == (epoch, epoch * steps_per_epoch),
    }
    if 'best_score' in known:
        metric = cfg.get('default_hooks', {}).get('checkpoint', {}).get('save_best')
        checkpoint_name = Path(known['best_ckpt']).name
        scores['best'] = {'metric': metric, 'value': float(known['best_score']), 'checkpoint': checkpoint_name}
    return scores
