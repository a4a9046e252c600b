"""The sets of a config, and what a config lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaguar_mm.configs.error import ConfigError

if TYPE_CHECKING:
    from mmengine.config import Config, ConfigDict

SETS = ('train', 'val', 'test')


def sets_of(cfg: Config) -> list[str]:
    """Return which of the sets a config has: those with a data set in their dataloader.

    Raises:
        ConfigError: If it has none.
    """
    found = [name for name in SETS if (cfg.get(f'{name}_dataloader') or {}).get('dataset')]
    if not found:
        keys = ', '.join(f'{name}_dataloader' for name in SETS)
        raise ConfigError(f'{cfg.filename}: has no set of images; give it one of {keys}, with a dataset')
    return found


def loader_of(cfg: Config, name: str) -> ConfigDict:
    """Return the dataloader of one of a config's sets.

    Args:
        cfg: The config.
        name: ``'train'``, ``'val'`` or ``'test'``.

    Raises:
        ConfigError: If the config has none, or one without a data set; the message says which sets there are.
    """
    there = sets_of(cfg)
    if name not in there:
        key = f'{name}_dataloader'
        lacking = f'{key}.dataset' if cfg.get(key) else key
        raise ConfigError(
            f'{cfg.filename}: has no {lacking}, so no {name} set; add it, or choose a set that it has: '
            f'{", ".join(there)}'
        )
    return cfg[f'{name}_dataloader']


def require(cfg: Config, *keys: str) -> None:
    """Refuse a config that lacks one of some settings.

    Raises:
        ConfigError: If it lacks one, or has None there.
    """
    for key in keys:
        if cfg.get(key) is None:
            raise ConfigError(f'{cfg.filename}: has no {key}; add it, or inherit from a config that has one')
