"""MMEngine reads checkpoints through us, and torch reads weights alone, whoever asks.

MMEngine's own loader allows ``getattr`` in a checkpoint and, if that is not enough, reads it again with everything
allowed; a checkpoint from a stranger then runs code.
"""

from __future__ import annotations

import os
from typing import Any

from mmengine.runner import CheckpointLoader, checkpoint

from jaguar_mm.engine.checkpoints.file import read_checkpoint
from jaguar_mm.engine.checkpoints.plain_values import harmless_types


def install_safe_loading() -> None:
    """Replace MMEngine's loader of local files, and what the others (model zoo, object stores) allow.

    An environment variable makes torch refuse the second try anywhere (downloads, timm) in this process and its
    children. The engine calls this where it starts; call it yourself before you load a stranger's checkpoint by
    MMEngine or mmpretrain alone. Calling it again changes nothing.
    """
    os.environ['TORCH_FORCE_WEIGHTS_ONLY_LOAD'] = '1'
    os.environ.pop('TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD', None)  # torch reads nothing at all with both
    checkpoint.get_torch_safe_globals = harmless_types
    CheckpointLoader.register_scheme(prefixes='', loader=load_from_local, force=True)


def load_from_local(filename: str, map_location: Any) -> dict:
    """Read a local checkpoint, see :func:`~jaguar_mm.engine.checkpoints.file.read_checkpoint`."""
    return read_checkpoint(os.path.expanduser(filename), map_location)
