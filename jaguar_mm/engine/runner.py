"""MMEngine's runner with checkpoints that are whole, plain, and enough to go on exactly where they were taken."""

from __future__ import annotations

import copy
import inspect
import time
from os import path as osp
from typing import Any

import mmengine
import torch
from mmengine.config import Config
from mmengine.dist import broadcast_object_list, master_only
from mmengine.logging import MMLogger
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.runner import BaseLoop, CheckpointLoader, Runner
from torch import nn
from torch.utils.data import DataLoader

from jaguar_mm.datasets.protocol import build_reid_data
from jaguar_mm.engine.bare_model import bare_model
from jaguar_mm.engine.batch_check import check_batches
from jaguar_mm.engine.checkpoints.file import write_checkpoint
from jaguar_mm.engine.checkpoints.fitting import load_to_embed, load_to_start_from, weights_of
from jaguar_mm.engine.checkpoints.folder import newest_whole_checkpoint
from jaguar_mm.engine.checkpoints.loading import install_safe_loading
from jaguar_mm.engine.colour_order import check_colour_order
from jaguar_mm.engine.console import quiet, say
from jaguar_mm.engine.number_of_classes import head_without_classes, number_of_classes
from jaguar_mm.engine.same_training import check_same_training, steps_of
from jaguar_mm.engine.stop_signals import leave_stopping_to_parent
from jaguar_mm.networks import settle_on_cpu
from jaguar_mm.randomness import undisturbed
from jaguar_mm.registry import RUNNERS

OF_TRAINING = ('train_dataloader', 'train_cfg', 'optim_wrapper', 'param_scheduler', 'auto_scale_lr')


@RUNNERS.register_module()
class ReIDRunner(Runner):
    """MMEngine's runner, safe against interruptions while saving and strict about what it resumes from."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        install_safe_loading()
        super().__init__(*args, **kwargs)

    @classmethod
    def for_testing(cls, cfg: Config) -> ReIDRunner:
        """Build a config's runner without the parts of a training: it needs no training set."""
        cfg = copy.deepcopy(cfg)
        names = inspect.signature(Runner.__init__).parameters.keys() - {'cfg', *OF_TRAINING}
        return cls(cfg=cfg, **{name: cfg[name] for name in names & cfg.keys()})

    @staticmethod
    def build_dataloader(
        dataloader: DataLoader | dict, seed: int | None = None, diff_rank_seed: bool = False
    ) -> DataLoader:
        """Build a dataloader whose workers leave it to the runner when to stop, see MMEngine's runner.

        Raises:
            ValueError: If its data set is none of individuals, or its batches do not fit the data set or the sampler.
        """
        if isinstance(dataloader, dict):
            dataset = dict(type=build_reid_data, dataset=dataloader['dataset'])
            stops = dict(type=leave_stopping_to_parent)
            dataloader = {'worker_init_fn': stops, **dataloader, 'dataset': dataset}  # a ConfigDict would merge the two
        built = Runner.build_dataloader(dataloader, seed, diff_rank_seed)
        check_batches(built)
        return built

    def build_model(self, model: nn.Module | dict) -> nn.Module:
        """Build the model, see MMEngine's runner; the colours it is given are checked.

        A head that the config gives no number of classes has as many as the training set, which the config then says.

        Raises:
            ValueError: If the training set has no classes, or the colours are exchanged.
        """
        if self._train_dataloader is not None and head_without_classes(model):
            with undisturbed():
                self._train_dataloader = self.build_dataloader(
                    self._train_dataloader, self.seed, self._randomness_cfg.get('diff_rank_seed', False)
                )
            number = number_of_classes(self._train_dataloader.dataset)
            for part in filter(None, (model, self.cfg.get('model'))):
                part['head']['num_classes'] = number
        built = super().build_model(model)
        check_colour_order(self.cfg, built)
        return built if torch.cuda.is_available() else settle_on_cpu(built)

    def build_optim_wrapper(self, optim_wrapper: dict | OptimWrapper) -> OptimWrapper | OptimWrapperDict:
        """Build the optimiser, see MMEngine's runner; frozen parameters are left out."""
        built = super().build_optim_wrapper(optim_wrapper)
        for wrapper in built.values() if isinstance(built, OptimWrapperDict) else [built]:
            for group in wrapper.param_groups:
                group['params'] = [parameter for parameter in group['params'] if parameter.requires_grad]
        return built

    def build_logger(self, *args: Any, **kwargs: Any) -> MMLogger:
        """Build the logger, see MMEngine's runner; with a ``ConsoleHook`` only news are said on the console."""
        logger = super().build_logger(*args, **kwargs)
        if 'console' in self.cfg.get('default_hooks', {}):
            quiet(logger)
        return logger

    def load_or_resume(self) -> None:
        """Load weights, or resume from the given checkpoint or from the newest whole one in the work dir.

        Without either a network is tested as a training would start with it.
        """
        if self._resume and self._load_from is None and not self._has_loaded:
            found = [newest_whole_checkpoint(self.work_dir)]
            broadcast_object_list(found)  # all processes resume from the same one
            if found[0] is None:
                say(self.logger, f'No checkpoint in {self.work_dir} yet: training from the start')
                return
            self._load_from = str(found[0])
        if self._load_from is None and not self._trains():
            self._init_model_weights()
        super().load_or_resume()

    def resume(self, filename: str, *args, **kwargs) -> None:
        """Resume, see MMEngine's runner; settings that the checkpoint overrules are named and put back in the config.

        Raises:
            CheckpointError: If the checkpoint has no training state, or one of other classes, another network, another
                optimiser or schedule, or steps of another kind.
        """
        seed = self.seed
        super().resume(filename, *args, **kwargs)
        sampler = self.train_dataloader.sampler
        if getattr(sampler, 'seed', None) == seed:
            sampler.seed = self.seed  # that of the checkpoint

    def load_checkpoint(self, filename: str, map_location: Any = 'cpu') -> dict:
        """Load weights, see MMEngine's runner; the model they fit in is checked.

        Args:
            filename: The checkpoint.
            map_location: Of ``torch.load``.

        Raises:
            CheckpointError: If it is to be resumed from and cannot be, see :meth:`resume`; if it is to be tested and
                does not give all weights on the way to the embedding; if a training is to start from it and it gives
                none of them.
        """
        checkpoint = CheckpointLoader.load_checkpoint(filename, map_location)
        if 'state_dict' not in checkpoint:  # bare weights; hooks ask for the key
            checkpoint = {'state_dict': weights_of(checkpoint)}
        if self._resume:
            check_same_training(self, checkpoint, filename)
        self.call_hook('after_load_checkpoint', checkpoint=checkpoint)
        load = load_to_start_from if self._trains() else load_to_embed
        load(bare_model(self), checkpoint, filename)
        self._has_loaded = True
        self.logger.info(f'Load checkpoint from {filename}')
        return checkpoint

    def _trains(self) -> bool:
        return isinstance(self._train_loop, BaseLoop)  # which is built when training begins

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
            checkpoint['param_schedulers'] = [_values(scheduler.state_dict()) for scheduler in self.param_schedulers]
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
            embedding_width=getattr(bare_model(self), 'embedding_width', None),
            **steps_of(self.train_dataloader),
        )


def _values(state: dict) -> dict:
    """Return a scheduler's state without its functions, which its config makes anew (``OneCycleLR`` has one)."""
    return {key: value for key, value in state.items() if not callable(value)}
