"""Configs: the one way from a file and its overrides to what a runner or a tool is built from."""

from jaguar_mm.configs.error import ConfigError
from jaguar_mm.configs.options import add_config_options, parse_options
from jaguar_mm.configs.read import read_config
from jaguar_mm.configs.values import listed

__all__ = ['ConfigError', 'add_config_options', 'listed', 'parse_options', 'read_config']
