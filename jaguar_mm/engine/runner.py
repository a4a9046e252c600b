"""MMEngine's runner with checkpoints that are whole, plain, and enough to go on exactly where they were taken."""

from __future__ import annotations

import time
from os import path as osp

import mmengine
from mmengine.dist import broadcast_object_list, master_only
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from torch import nn
from torch.utils.data import DataLoader

from jaguar_mm.datasets.protocol import build_reid_data
from jaguar_mm.engine.checkpoints.file import CheckpointError, write_checkpoint
from jaguar_mm.engine.checkpoints.folder import newest_whole_checkpoint
from jaguar_mm.engine.stop_signals import leave_stopping_to_parent
from jaguar_mm.registry import RUNNERS


def bare_model(runner: Runner) -> nn.Module:
    """Return the model without the wrapper of distributed training."""
    return runner.model.module if is_model_wrapper(runner.model) else runner.model


@RUNNERS.register_module()
class ReIDRunner(Runner):
    """MMEngine's runner, safe against interruptions while saving and strict about what it resumes from."""

    @staticmethod
    def build_dataloader(
        dataloader: DataLoader | dict, seed: int | None = None, diff_rank_seed: bool = False
    ) -> DataLoader:
        """Build a dataloader whose workers leave it to the runner when to stop, see MMEngine's runner.

        Raises:
            ValueError: If its data set is none of individuals.
        """
        if isinstance(dataloader, dict):
            dataloader = {'worker_init_fn': dict(type=leave_stopping_to_parent)} | dataloader
            dataloader['dataset'] = dict(type=build_reid_data, dataset=dataloader['dataset'])
        return Runner.build_dataloader(dataloader, seed, diff_rank_seed)

    def load_or_resume(self) -> None:
        """Load weights, or resume from the given checkpoint or from the newest whole one in the work dir."""
        if self._resume and self._load_from is None and not self._has_loaded:
            found = [newest_whole_checkpoint(self.work_dir)]
            broadcast_object_list(found)  # all processes resume from the same one
            if found[0] is None:
                self.logger.info(f'No checkpoint in {self.work_dir} yet: training from the start')
                return
            self._load_from = str(found[0])
        super().load_or_resume()

    def resume(self, filename: str, *args, **kwargs) -> None:
        """Resume, see MMEngine's runner.

        Raises:
            CheckpointError: If the checkpoint has no training state, or epochs of another length.
        """
        self._resumed_meta: dict = {}
        super().resume(filename, *args, **kwargs)
        before, now = self._resumed_meta.get('steps_per_epoch'), len(self.train_dataloader)
        if before not in (None, now):
            raise CheckpointError(
                f'{filename}: was trained with {before} steps an epoch, this run has {now}: another number of '
                f'processes, batch size or training set. Resume as it was, or start from its weights with '
                f'--cfg-options load_from={filename}'
            )

    def load_checkpoint(self, filename: str, *args, **kwargs) -> dict:
        """Load weights, see MMEngine's runner.

        Raises:
            CheckpointError: If it is to be resumed from and has no training state.
        """
        checkpoint = super().load_checkpoint(filename, *args, **kwargs)
        if self._resume:
            missing = [key for key in ('optimizer', 'message_hub') if key not in checkpoint]
            if missing:
                raise CheckpointError(
                    f'{filename}: has no {missing[0]!r}, only weights; resume from an epoch_*.pth or iter_*.pth, or '
                    f'start from these weights with --cfg-options load_from={filename}'
                )
            self._resumed_meta = checkpoint['meta']
        return checkpoint

    @master_only
    def save_checkpoint(
        self,
        out_dir: str,
        filename: str,
        file_client_args: dict | None = None,
        save_optimizer: bool = True,
        save_param_scheduler: bool = True,
        meta: dict | None = None,
        by_epoch: bool = True,
        backend_args: dict | None = None,
    ) -> None:
        """Save a checkpoint in one step, see :func:`~jaguar_mm.engine.checkpoints.file.write_checkpoint`.

        Args:
            out_dir: A local folder.
            filename: Name in it.
            file_client_args, backend_args: Not used; MMEngine's hooks give them.
            save_optimizer: Whether to save the optimiser's state.
            save_param_scheduler: Whether to save the schedulers' state.
            meta: ``epoch`` and ``iter`` done, and anything else of plain values.
            by_epoch: What ``epoch`` and ``iter`` are when ``meta`` does not say: those after this epoch, or those
                after this step.
        """
        done = dict(epoch=self.epoch + by_epoch, iter=self.iter + (not by_epoch))
        checkpoint = dict(
            meta=self._meta() | done | (meta or {}),
            state_dict=bare_model(self).state_dict(),
            message_hub=self.message_hub.state_dict(),
        )
        if save_optimizer:
            checkpoint['optimizer'] = self.optim_wrapper.state_dict()
        if save_param_scheduler and self.param_schedulers is not None:
            checkpoint['param_schedulers'] = [scheduler.state_dict() for scheduler in self.param_schedulers]
        self.call_hook('before_save_checkpoint', checkpoint=checkpoint)
        write_checkpoint(osp.join(out_dir, filename), checkpoint)

    def _meta(self) -> dict:
        """Return what is on record beside the weights; ``dataset_meta`` has the classes."""
        return dict(
            cfg=self.cfg.pretty_text,
            seed=self.seed,
            experiment_name=self.experiment_name,
            time=time.strftime('%Y%m%d_%H%M%S'),
            mmengine_version=mmengine.__version__,
            dataset_meta=self.train_dataloader.dataset.metainfo,
            steps_per_epoch=len(self.train_dataloader),
        )
