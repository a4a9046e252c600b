"""What the text of a config, as a checkpoint records it, says about its images; nothing of it is run or built."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import timm

from jaguar_mm.registry import TRANSFORMS

KEEPING_SIZE = ('AlphaMask', 'PackInputs')  # transforms after which an image is as large as before


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


def nested_dicts(node: Any) -> Iterator[dict]:
    """Yield every dict in a nesting of dicts, lists and tuples, from the outermost in."""
    if isinstance(node, dict):
        yield node
        node = tuple(node.values())
    if isinstance(node, list | tuple):
        for child in node:
            yield from nested_dicts(child)


def step_kind(step: dict) -> str:
    """Return the type of a transform or hook without its scope."""
    return str(step.get('type')).rpartition('.')[2]


def _test_loader(cfg: dict) -> dict:
    return cfg.get('test_dataloader') or cfg['val_dataloader']


def backgrounds(cfg: dict) -> dict[str, list[dict]]:
    """Return the arguments, defaults included, of every AlphaMask of training (hooks' recipes too) and of testing."""
    parameters = inspect.signature(TRANSFORMS.get('AlphaMask')).parameters
    defaults = {name: parameter.default for name, parameter in parameters.items()}

    def found(*places: Any) -> list[dict]:
        steps = [dict(step) for step in nested_dicts(places) if step_kind(step) == 'AlphaMask']
        return [{name: step.get(name, default) for name, default in defaults.items()} for step in steps]

    training = found(cfg['train_dataloader'], cfg.get('default_hooks'), cfg.get('custom_hooks'))
    return {'training': training, 'testing': found(_test_loader(cfg))}


def preprocessing(cfg: dict) -> dict[str, Any]:
    """Return what testing does to an image: steps, (width, height) they end with if known, mean and std (R, G, B)."""
    steps = next(found['pipeline'] for found in nested_dicts(_test_loader(cfg)) if 'pipeline' in found)
    geometric = [step for step in steps if step_kind(step) not in KEEPING_SIZE]
    size = None
    if geometric and step_kind(geometric[-1]) == 'Resize' and not geometric[-1].get('keep_ratio'):
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
    source = replace(source, **backbone.get('pretrained_cfg_overlay', {}))  # weights from elsewhere on the hub
    return [255 * value for value in source.mean], [255 * value for value in source.std]
