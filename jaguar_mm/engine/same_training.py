"""Is a checkpoint of the training that is to go on? Settings that it overrules are named and put back in the config."""

from __future__ import annotations

from mmengine.dist import get_world_size
from mmengine.hooks import EMAHook
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from jaguar_mm.engine.bare_model import bare_model
from jaguar_mm.engine.checkpoints import resumption, settings
from jaguar_mm.engine.checkpoints.recorded_config import parse_config
from jaguar_mm.engine.console import say


def steps_of(loader: DataLoader) -> dict[str, int]:
    """Return how the training set is cut into steps."""
    return dict(steps_per_epoch=len(loader), batch_size=loader.batch_size, processes=get_world_size())


def check_same_training(runner: Runner, checkpoint: dict, filename: str) -> None:
    """Look whether a training can go on from a checkpoint, and with which settings.

    Args:
        runner: Of the training.
        checkpoint: The checkpoint.
        filename: Its file, for the message.

    Raises:
        CheckpointError: If it has no training state, or one of other classes, another network, another optimiser or
            schedule, or steps of another kind.
    """
    resumption.check_training_state(checkpoint, filename)
    meta = checkpoint['meta']
    classes = runner.train_dataloader.dataset.metainfo.get('classes', ())
    resumption.check_classes(meta.get('dataset_meta', {}).get('classes'), classes, filename)
    resumption.check_steps(meta, steps_of(runner.train_dataloader), filename)
    before = _recorded_settings(runner, meta, filename)
    changes = settings.changed_settings(before, parse_config(runner.cfg.pretty_text)) if before else {}
    resumption.check_kinds(changes, filename)
    resumption.check_network(checkpoint, bare_model(runner), filename)
    resumption.check_optimizer(checkpoint, runner.optim_wrapper.optimizer, filename)
    resumption.check_averages(checkpoint, any(isinstance(hook, EMAHook) for hook in runner.hooks), filename)
    settings.forget_other_best(checkpoint['message_hub'], changes)
    if before:
        schedules = [scheduler.state_dict() for scheduler in runner.param_schedulers or []]
        derived = settings.schedule_changes(checkpoint.get('param_schedulers', []), schedules)
        _name_changes(runner, before, derived | changes, filename)


def _recorded_settings(runner: Runner, meta: dict, filename: str) -> dict:
    """Return the config that a checkpoint has on record, nothing if it cannot be read."""
    try:
        return parse_config(meta['cfg'])
    except (KeyError, ValueError) as error:
        runner.logger.warning(f'{filename}: has no config that can be read (meta.cfg: {error}) and compared')
        return {}


def _name_changes(runner: Runner, before: dict, changes: settings.Changes, filename: str) -> None:
    """Name the settings that differ from the recorded ones; put those back in the config that are not taken."""
    taken, not_taken = settings.split_changes(changes)
    if taken:
        say(runner.logger, f'settings that are others from here on: {settings.described(taken)}')
    if not_taken:
        runner.logger.warning(
            f'settings that a resumed training does not take, it goes on with what they were: '
            f'{settings.described(not_taken)}. To train with the new ones start from the weights with '
            f'--cfg-options load_from={filename} and without --resume'
        )
        settings.put_back(runner.cfg, before, not_taken)
        settings.put_ends_back(runner.cfg, not_taken, len(runner.train_dataloader))
        runner.dump_config()
