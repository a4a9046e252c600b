"""From a config and command-line flags to a runner that suits the machine: GPU, CPU only, one process or several."""

from __future__ import annotations

import argparse
import logging
import os
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import torch
from mmengine.config import Config, ConfigDict
from mmengine.dist import is_distributed
from mmengine.logging import MMLogger, print_log
from mmengine.runner import Runner

from jaguar_mm.configs import add_config_options
from jaguar_mm.configs.read import read_config
from jaguar_mm.configs.sets import require
from jaguar_mm.engine.console import quiet
from jaguar_mm.engine.rendezvous import INIT_METHOD
from jaguar_mm.engine.runner import ReIDRunner
from jaguar_mm.engine.start_weights import without_start_weights
from jaguar_mm.networks import has_bfloat16
from jaguar_mm.registry import RUNNERS

DATALOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')
SEEN_WITH = {'TensorboardVisBackend': 'tensorboard', 'WandbVisBackend': 'wandb'}  # backend to package
AMP_ONLY = ('dtype', 'loss_scale', 'use_fsdp')  # arguments that the plain optimiser wrapper does not know


def add_launch_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags that training and testing share, named as mmpretrain names them."""
    parser.add_argument('--no-pin-memory', action='store_true', help='switch pin_memory off in the dataloaders')
    add_config_options(parser)
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none', help='job launcher')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help='set by the launcher')


def load_config(
    args: argparse.Namespace, apply_flags: Callable[[Config, argparse.Namespace], None] = lambda cfg, args: None
) -> Config:
    """Read the config with the tool's flags and the overrides, which win over the flags.

    Args:
        args: Parsed flags; ``config``, ``cfg_options``, ``work_dir``, ``launcher``, ``local_rank``, ``no_pin_memory``.
        apply_flags: Turns the flags of one tool into settings.

    Raises:
        FileNotFoundError: If there is no such config.
        ConfigError: If it or an override cannot be used.
    """
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))

    def flags(cfg: Config) -> None:
        settle(cfg, args)
        apply_flags(cfg, args)

    return read_config(args.config, args.cfg_options, flags)


def settle(cfg: Config, args: argparse.Namespace) -> None:
    """Settle launcher, work dir and dataloader defaults.

    The work dir comes from ``--work-dir``, else from the config, else it is ``work_dirs/<config name>``.

    Args:
        cfg: The config; changed in place.
        args: Parsed flags, see :func:`load_config`.
    """
    cfg.launcher = args.launcher
    cfg.work_dir = args.work_dir or cfg.get('work_dir') or str(Path('work_dirs') / Path(args.config).stem)
    pin_memory = torch.cuda.is_available() and not args.no_pin_memory
    for name in DATALOADERS:
        if cfg.get(name):
            defaults = ConfigDict(pin_memory=pin_memory, collate_fn=dict(type='default_collate'))
            cfg[name] = ConfigDict(defaults | cfg[name])


@contextmanager
def trace_in_log() -> Iterator[None]:
    """Keep the trace of an error in the log file, whatever is said of it on the screen."""
    try:
        yield
    except Exception:
        for handler in MMLogger.get_current_instance().handlers:
            if isinstance(handler, logging.FileHandler):
                handler.stream.write(traceback.format_exc())
                handler.flush()
        raise


def build_runner(cfg: Config, *, to_train: bool = True) -> Runner:
    """Build the config's runner, adapted to a machine without a GPU where need be.

    Args:
        cfg: A full config, overrides included; changed in place by the fall-backs.
        to_train: Whether it is to train, too; one that only tests needs no training set.

    Raises:
        ConfigError: If the config has no model, or not the dataloader that it takes.
        ModuleNotFoundError: If it writes for TensorBoard or Weights & Biases, and that is not installed.
    """
    require(cfg, 'model', f'{"train" if to_train else "test"}_dataloader')
    if not to_train and cfg.get('load_from'):
        cfg.model = without_start_weights(cfg.model)
    for package in packages_to_see_with(cfg):
        import_module(package)
    if 'console' in cfg.get('default_hooks', {}):
        quiet(MMLogger.get_current_instance())
    for name in DATALOADERS:
        if cfg.get(name) and not cfg[name].get('num_workers'):
            cfg[name].persistent_workers = False  # there are none
    if not torch.cuda.is_available():
        fall_back_to_cpu(cfg)
    if 'runner_type' in cfg:
        return RUNNERS.build(cfg)
    return ReIDRunner.from_cfg(cfg) if to_train else ReIDRunner.for_testing(cfg)


def packages_to_see_with(cfg: Config) -> list[str]:
    """Return the packages that the backends of the config's visualizer need."""
    backends = (cfg.get('visualizer') or {}).get('vis_backends') or []
    return [SEEN_WITH[backend['type']] for backend in backends if backend.get('type') in SEEN_WITH]


def fall_back_to_cpu(cfg: Config) -> None:
    """Replace what needs a GPU and log each replacement: AMP by bfloat16 or float32, NCCL by gloo, no SyncBN.

    Mixed precision is in bfloat16 where the processor computes in it and the config does not ask for float16.

    Args:
        cfg: A full config; changed in place.
    """
    optim_wrapper = cfg.get('optim_wrapper')
    if optim_wrapper and optim_wrapper.get('type') == 'AmpOptimWrapper':
        able = has_bfloat16() and optim_wrapper.get('dtype') != 'float16'
        optim_wrapper.type = 'CPUAmpOptimWrapper' if able else 'OptimWrapper'
        if not able:
            _warn('optim_wrapper: AmpOptimWrapper needs a GPU or a processor with bfloat16; training in float32')
        for key in AMP_ONLY:
            optim_wrapper.pop(key, None)
    for name in ('val_cfg', 'test_cfg'):
        if cfg.get(name) and cfg[name].get('fp16') and not has_bfloat16():
            _warn(f'{name}.fp16 needs a GPU or a processor with bfloat16; evaluating in float32')
            cfg[name].fp16 = False
    if cfg.get('launcher', 'none') != 'none' and not is_distributed():
        _warn('no GPU: the processes talk through gloo')
        torch.distributed.init_process_group('gloo', init_method=INIT_METHOD)
        unused = cfg.get('find_unused_parameters', False)
        cfg.model_wrapper_cfg = dict(type='MMDistributedDataParallel', device_ids=None, find_unused_parameters=unused)
        if cfg.pop('sync_bn', None):
            _warn('sync_bn needs a GPU: each process normalises by its own images')


def _warn(message: str) -> None:
    print_log(message, logger='current', level=logging.WARNING)
