"""The trained model of the verbs' tests."""

from tests.cli.conftest import checkpoint, options, trained  # noqa: F401
