"""Read a config with its overrides, which act or are refused."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from mmengine.config import Config

from jaguar_mm.configs.error import ConfigError
from jaguar_mm.configs.file import read_file
from jaguar_mm.configs.overrides import Variables, check_settings, near
from jaguar_mm.configs.settings import runner_settings
from jaguar_mm.configs.steps import speaks_of_steps, with_lists


def read_config(
    path: str | os.PathLike,
    options: Mapping[str, Any] | None = None,
    flags: Callable[[Config], None] = lambda cfg: None,
) -> Config:
    """Read a config with its overrides, and make its scope the one in which data sets and models are looked up.

    An override of a variable (``data_root``, ``train_pipeline.flip.prob``, ``stages``: a top-level name that no runner
    reads) acts as if it stood in the file, so that all that is made from the variable follows. An override of a setting
    (``model.head.losses.arcface.scale``) replaces that one value. Named steps, which overrides speak of by name, are
    lists in the config that is returned, see :mod:`~jaguar_mm.configs.steps`.

    Args:
        path: The config.
        options: What ``--cfg-options`` gave.
        flags: Turns a tool's other flags into settings; the options win over them.

    Raises:
        FileNotFoundError: If there is no such file.
        ConfigError: If it cannot be read, or an override names nothing or would act on nothing.
    """
    from mmengine.registry import init_default_scope

    given = {key: value for key, value in (options or {}).items() if key.split('.')[0] in runner_settings()}
    variables = Variables({key: value for key, value in (options or {}).items() if key not in given})
    cfg = read_file(path, variables.replace)
    for name in variables.names:
        _check_variable(path, cfg, variables, name)
    steps = {key: value for key, value in given.items() if speaks_of_steps(cfg, key)}
    check_settings(cfg, steps)
    cfg.merge_from_dict(steps)
    cfg = Config(with_lists(cfg.to_dict()), filename=cfg.filename)
    flags(cfg)
    others = {key: value for key, value in given.items() if key not in steps}
    check_settings(cfg, others)
    cfg.merge_from_dict(others)
    init_default_scope(cfg.get('default_scope', 'jaguar_mm'))
    return cfg


def _check_variable(path: str | os.PathLike, cfg: Config, variables: Variables, name: str) -> None:
    """Refuse the override of a variable that is unknown, or that no setting is made from."""
    settings = runner_settings()
    if name not in cfg:
        meant = near(name, {*cfg.keys(), *settings}, 0.6)
        raise ConfigError(f'--cfg-options {name}: {path} has no such setting{meant}')
    variables.check_fit(name)
    before = read_file(path, variables.without(name).replace)
    if cfg[name] == before.get(name) or any(cfg.get(key) != before.get(key) for key in settings):
        return
    used = _places({key: cfg[key] for key in settings & cfg.keys()}, name)
    where = f'; set {" or ".join(used)}' if used else ''
    raise ConfigError(f'--cfg-options {name}: nothing in {path} is made from it{where}')


def _places(held: Any, name: str, above: str = '') -> list[str]:
    """Return the dotted keys of the settings that a variable's name speaks of, those in lists left aside."""
    if not isinstance(held, Mapping):
        return []
    found = []
    for key in sorted(held, key=str):
        here = f'{above}{key}'
        speaks_of_it = name == key or name.endswith(f'_{key}')
        found += [here] if speaks_of_it and above else _places(held[key], name, f'{here}.')
    return found
