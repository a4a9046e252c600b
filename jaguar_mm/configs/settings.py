"""Which top-level names of a config are settings; all others are variables that a config makes settings from."""

from __future__ import annotations

import inspect
from functools import cache

READ_BESIDES = (  # that the runner, the launcher or a tool looks up in the config by name
    'activation_checkpointing',
    'compile',
    'custom_imports',
    'efficient_conv_bn_eval',
    'find_unused_parameters',
    'model_wrapper_cfg',
    'runner_type',
    'sync_bn',
    'tta_model',
)


@cache
def runner_settings() -> frozenset[str]:
    """Return the top-level names that a runner reads."""
    from mmengine.runner import Runner

    return frozenset({*inspect.signature(Runner.__init__).parameters, *READ_BESIDES} - {'self', 'cfg'})
