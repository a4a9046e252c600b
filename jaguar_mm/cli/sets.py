"""The data sets of a config that a verb looks at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jaguar_mm.configs.sets import SETS, loader_of, sets_of

if TYPE_CHECKING:
    from mmengine.config import Config

    from jaguar_mm.datasets.protocol import ReIDData


def datasets_of(cfg: Config, asked: Sequence[str] | None = None) -> dict[str, ReIDData]:
    """Build data sets of a config and return them by set; those that it does not have are left out, which is said.

    Args:
        cfg: The config.
        asked: The sets that the user names, all of which it must have; None for those that it has.

    Raises:
        ConfigError: If it does not have one that is asked for, or none at all.
    """
    from jaguar_mm.datasets.protocol import build_reid_data  # here: a folder needs none of these

    names = asked or sets_of(cfg)
    if asked is None and (absent := [name for name in SETS if name not in names]):
        print(f'{cfg.filename} has no {" and no ".join(absent)} set; looking at {" and ".join(names)}')
    return {name: build_reid_data(loader_of(cfg, name).dataset) for name in names}
