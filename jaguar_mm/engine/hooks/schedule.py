"""Stop before a training whose rate would rise again after its schedule has ended."""

from __future__ import annotations

from mmengine.hooks import Hook
from mmengine.optim.scheduler import CosineAnnealingParamScheduler
from mmengine.runner import Runner

from jaguar_mm.registry import HOOKS


class ScheduleError(ValueError):
    """A schedule ends before the training does and then turns; the message says what to set."""


@HOOKS.register_module()
class ScheduleHook(Hook):
    """Refuse a cosine that falls for fewer steps than are trained: behind its end it rises again.

    A schedule without ``T_max`` and ``end`` falls until ``train_cfg.max_epochs``, whatever that is.
    """

    def before_train(self, runner: Runner) -> None:
        """Check the schedules.

        Raises:
            ScheduleError: If one would rise again.
        """
        for place, schedule in enumerate(runner.param_schedulers or []):
            if not isinstance(schedule, CosineAnnealingParamScheduler):
                continue
            unit, total = ('epochs', runner.max_epochs) if schedule.by_epoch else ('steps', runner.max_iters)
            if min(schedule.end, total) - schedule.begin - 1 > schedule.T_max:
                ends = schedule.begin + schedule.T_max
                raise ScheduleError(
                    f'param_scheduler.{place}: falls until {ends} of {total} {unit} (T_max), and then it would '
                    f'rise again; leave T_max out to let it fall until train_cfg.max_epochs, or set end to where '
                    f'T_max ends to stay at the least value'
                )
