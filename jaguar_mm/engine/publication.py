"""What a published file holds: weights, and in its header all that a user must know of them, under a checksum.

The header is the checkpoint's ``meta`` (the config's text, classes, seed, training set, ...) and what follows from it:
background, preprocessing, embedding width, scores, versions and source. Each entry is JSON, but ``cfg`` is plain text.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import timm
import torch
from safetensors.torch import save
from torch import Tensor

import jaguar_mm
from jaguar_mm.engine.loops import VALIDATED
from jaguar_mm.files import file_digest, write_whole
from jaguar_mm.registry import TRANSFORMS

FORMAT_VERSION = 1
SEAL = 'jaguar_mm.sha256'
PLAIN = ('cfg', 'format')  # entries that are text as they are; ``format`` is what other readers look for
KEEPING_SIZE = ('AlphaMask', 'PackInputs')  # transforms after which a picture is as large as before
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
            f'it; only checkpoints that tools/train.py wrote can be published'
        )
    _check_weights(checkpoint['state_dict'], path)
    try:
        cfg = parse_config(meta['cfg'])
        described = dict(
            background=_backgrounds(cfg),
            preprocessing=_preprocessing(cfg),
            network=cfg['model']['backbone'].get('model_name'),
            embedding_width=cfg['model']['head']['in_channels'],
            scores=_scores(checkpoint, cfg),
        )
    except (KeyError, TypeError, AttributeError, StopIteration, RuntimeError, ValueError) as error:
        raise ValueError(f'{path}: its config (meta.cfg) is not one that can be described ({error!r})') from error
    return {
        **meta,
        **described,
        'format_version': FORMAT_VERSION,
        'source': {'file': Path(path).name, 'sha256': file_digest(path)},
        'published_with': {'jaguar_mm': jaguar_mm.__version__, 'torch': torch.__version__, 'timm': timm.__version__},
    }


def write_publication(path: str | os.PathLike, header: Mapping[str, Any], weights: Mapping[str, Tensor]) -> None:
    """Write weights and header in one step.

    Args:
        path: The file, ``.safetensors``.
        header: See :func:`describe`.
        weights: Tensors that may share memory or be views; the file has a copy of each.

    Raises:
        ValueError: If the header holds what JSON cannot.
    """
    texts = {key: value if key in PLAIN else _to_json(key, value) for key, value in {**header, 'format': 'pt'}.items()}
    whole = {key: value.detach().cpu().clone(memory_format=torch.contiguous_format) for key, value in weights.items()}
    write_whole(path, save(whole, metadata={**texts, SEAL: seal_of(texts, whole)}))


def restore_meta(texts: Mapping[str, str] | None, weights: Mapping[str, Tensor]) -> dict[str, Any]:
    """Return a checkpoint's ``meta`` from the header of a published file; that of another file is returned as it is.

    Args:
        texts: The header; None if there is none.
        weights: The weights that came with it.

    Raises:
        ValueError: If the checksum does not fit, or the file is of a later version.
    """
    texts = dict(texts or {})
    if not {SEAL, 'format_version'} & texts.keys():
        return texts
    if texts.pop(SEAL, None) != seal_of(texts, weights):
        raise ValueError('its checksum does not fit: the file is damaged')
    meta = {key: value if key in PLAIN else json.loads(value) for key, value in texts.items() if key != 'format'}
    if meta['format_version'] > FORMAT_VERSION:
        raise ValueError(f'is of version {meta["format_version"]}, known is {FORMAT_VERSION}: update jaguar_mm')
    meta['dataset_meta']['classes'] = tuple(meta['dataset_meta']['classes'])
    return meta


def seal_of(texts: Mapping[str, str], weights: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of texts, and of the names, types, shapes and values of weights."""
    names = sorted(weights)
    described = [(name, str(weights[name].dtype), list(weights[name].shape)) for name in names]
    digest = hashlib.sha256(json.dumps([sorted(texts.items()), described]).encode())
    for name in names:
        digest.update(weights[name].detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def parse_config(text: str) -> dict[str, Any]:
    """Return the settings of a config as MMEngine prints it: assignments of plain values and ``dict(...)``.

    Raises:
        ValueError: If there is anything else in it, which would have to be run.
    """
    try:
        statements = _DictCalls().visit(ast.parse(text)).body
        return {statement.targets[0].id: ast.literal_eval(statement.value) for statement in statements}
    except (AttributeError, SyntaxError, TypeError, RecursionError, MemoryError) as error:
        raise ValueError(f'it is more than names and plain values ({error})') from error


class _DictCalls(ast.NodeTransformer):
    """Turn ``dict(a=1)`` and ``dict({'a': 1})`` into ``{'a': 1}``, so that no call is left."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.func, ast.Name) or node.func.id != 'dict':
            return node
        if node.args:
            return node if node.keywords or len(node.args) > 1 else node.args[0]
        return ast.Dict([ast.Constant(keyword.arg) for keyword in node.keywords], [k.value for k in node.keywords])


def _to_json(key: str, value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except TypeError as error:
        raise ValueError(f'meta.{key} of the checkpoint cannot be published: {error}') from error


def _check_weights(weights: Mapping[str, Any], path: str | os.PathLike) -> None:
    """Raise ValueError unless all are tensors of finite numbers."""
    for name, weight in weights.items():
        if not isinstance(weight, Tensor):
            raise ValueError(f'{path}: {name} is a {type(weight).__name__}, not a tensor; it cannot be published')
        if not weight.isfinite().all():
            raise ValueError(f'{path}: {name} has NaN or Inf; publish an earlier checkpoint')


def _dicts(node: Any) -> Iterator[dict]:
    """Yield every dict in a nesting of dicts, lists and tuples, from the outermost in."""
    if isinstance(node, dict):
        yield node
        node = tuple(node.values())
    if isinstance(node, list | tuple):
        for child in node:
            yield from _dicts(child)


def _kind(step: dict) -> str:
    """Return the type of a transform without its scope."""
    return str(step.get('type')).rpartition('.')[2]


def _test_loader(cfg: dict) -> dict:
    return cfg.get('test_dataloader') or cfg['val_dataloader']


def _backgrounds(cfg: dict) -> dict[str, list[dict]]:
    """Return the arguments, defaults included, of every AlphaMask of training (hooks' recipes too) and of testing."""
    parameters = inspect.signature(TRANSFORMS.get('AlphaMask')).parameters
    defaults = {name: parameter.default for name, parameter in parameters.items()}

    def found(*places: Any) -> list[dict]:
        steps = [dict(step) for step in _dicts(places) if _kind(step) == 'AlphaMask']
        return [{name: step.get(name, default) for name, default in defaults.items()} for step in steps]

    training = found(cfg['train_dataloader'], cfg.get('default_hooks'), cfg.get('custom_hooks'))
    return {'training': training, 'testing': found(_test_loader(cfg))}


def _preprocessing(cfg: dict) -> dict[str, Any]:
    """Return what testing does to a picture: steps, (width, height) they end with if known, mean and std (R, G, B)."""
    steps = next(found['pipeline'] for found in _dicts(_test_loader(cfg)) if 'pipeline' in found)
    geometric = [step for step in steps if _kind(step) not in KEEPING_SIZE]
    size = None
    if geometric and _kind(geometric[-1]) == 'Resize' and not geometric[-1].get('keep_ratio'):
        scale = geometric[-1].get('scale')
        size = [scale, scale] if isinstance(scale, int) else scale
    mean, std = _normalisation(cfg['model'])
    return {'steps': steps, 'input_size': size, 'mean': mean, 'std': std}


def _normalisation(model: dict) -> tuple[list[float] | None, list[float] | None]:
    """Return the mean and standard deviation that a ReIDClassifier takes: its own, else those of timm's weights."""
    own, backbone = model.get('data_preprocessor') or {}, model['backbone']
    if 'mean' in own or 'model_name' not in backbone:
        return own.get('mean'), own.get('std')
    source = timm.get_pretrained_cfg(backbone['model_name'], allow_unregistered=False)
    return [255 * value for value in source.mean], [255 * value for value in source.std]


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
