"""A checkpoint is evaluated on images with the background and preprocessing that it was tested with."""

from __future__ import annotations

from mmengine.hooks import Hook
from mmengine.runner import Runner

from jaguar_mm.engine.checkpoints.contract import ON_MISMATCH, keep_contract
from jaguar_mm.registry import HOOKS


@HOOKS.register_module()
class BackgroundContractHook(Hook):
    """Compare a loaded checkpoint's record with the config before it is tested, validated or trained further.

    Weights that a new training starts from (``load_from`` without resuming) are held to nothing, as it changes them.
    ``jaguar-mm embed`` takes ``on_mismatch`` from here too.

    Args:
        on_mismatch: ``'warn'``, ``'raise'`` or ``'ignore'``.

    Raises:
        ValueError: If ``on_mismatch`` is none of these.
    """

    def __init__(self, on_mismatch: str = 'warn') -> None:
        if on_mismatch not in ON_MISMATCH:
            raise ValueError(f'BackgroundContractHook.on_mismatch must be one of {ON_MISMATCH}, got {on_mismatch!r}')
        self.on_mismatch = on_mismatch
        self.meta: dict | None = None  # of a checkpoint that was loaded and not compared yet

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Remember what the checkpoint has on record."""
        self.meta = checkpoint.get('meta') or {}

    def before_train(self, runner: Runner) -> None:
        """Compare with the validation of a training that goes on; forget weights that a new one starts from."""
        if runner.cfg.get('resume') and runner.cfg.get('val_dataloader'):
            self._compare(runner, 'val_dataloader')
        self.meta = None

    def before_val(self, runner: Runner) -> None:
        """Compare with the validation."""
        self._compare(runner, 'val_dataloader')

    def before_test(self, runner: Runner) -> None:
        """Compare with the test."""
        self._compare(runner, 'test_dataloader')

    def _compare(self, runner: Runner, loader: str) -> None:
        """Compare what was loaded since the last time."""
        meta, self.meta = self.meta, None
        if meta is not None:
            keep_contract(meta, runner.cfg, loader, self.on_mismatch)
