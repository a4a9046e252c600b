"""Configs: the one way from a file and its overrides to what a runner or a verb is built from.

Flags and values are here and need nothing of OpenMMLab; :mod:`jaguar_mm.configs.read` does.
"""

from jaguar_mm.configs.error import ConfigError
from jaguar_mm.configs.options import add_config_options, parse_options
from jaguar_mm.configs.values import listed

__all__ = ['ConfigError', 'add_config_options', 'listed', 'parse_options']
