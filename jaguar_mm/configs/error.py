"""The error of everything that is wrong with a config."""


class ConfigError(ValueError):
    """A config or an override cannot be used; the message names the file or the key and says what to do."""
