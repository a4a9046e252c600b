"""A test run over the competition's pair table ends with a submission file."""

from __future__ import annotations

from pathlib import Path

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import Runner

from jaguar_mm.competition import submit
from jaguar_mm.engine.console import say
from jaguar_mm.engine.hooks.runs import retrieval_runs
from jaguar_mm.registry import HOOKS


@HOOKS.register_module()
class SubmissionHook(Hook):
    """Write the last stage's similarities as a submission when the test set is a pair table.

    Beside it lies a record of the images it is of (``submission.json``) for ``jaguar-mm check-submission``.

    Args:
        out_file: File to write, ``.csv``, below the work dir unless absolute. Of several evaluators every further one
            has its prefix in the name.

    Raises:
        ValueError: If ``out_file`` has another ending.
    """

    priority = 'LOW'

    def __init__(self, out_file: str = 'submission.csv') -> None:
        if Path(out_file).suffix != '.csv':
            raise ValueError(f'SubmissionHook.out_file is written as .csv, got {out_file!r}; choose such a name')
        self.out_file = out_file

    @master_only
    def after_test_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Write the submission."""
        pairs = runner.test_dataloader.dataset.pair_table
        if pairs is None:
            return
        for which, run in retrieval_runs(runner.test_evaluator.metrics):
            path = Path(runner.work_dir) / self.out_file
            path = path.with_stem(f'{path.stem}_{which}') if which else path
            rows = submit(pairs, run.sides.query, run.final, run.final_stage, path)
            say(runner.logger, f'Submission of the stage {run.final_stage!r} written: {path} ({rows} rows)')
