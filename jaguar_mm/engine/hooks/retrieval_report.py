"""What a validation or test run leaves on disk: scores, scores by identity, and the ranked-results image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import Runner

from jaguar_mm.engine.console import say
from jaguar_mm.engine.hooks.runs import retrieval_runs
from jaguar_mm.evaluation.reid_metric import RetrievalRun
from jaguar_mm.evaluation.sides import PATH, known
from jaguar_mm.matching.stage import KeypointStage
from jaguar_mm.registry import HOOKS
from jaguar_mm.reports import draw_rows, encode_jpeg, print_scores, ranked_rows, score_csv, spread
from jaguar_mm.reports.why import draw_why
from jaguar_mm.retrieval.metrics import by_identity
from jaguar_mm.storage.files import csv_text, write_whole

SPOTS = 'correspondences.jpg'


@HOOKS.register_module()
class RetrievalReportHook(Hook):
    """Write ``reports/<val|test>/{scores.csv, identities.csv, ranked.jpg}`` into the work dir; print a test's.

    Where a stage looks at keypoints, ``correspondences.jpg`` shows queries with their best match, wrong ones first.

    Of several evaluators every further one has its files in a folder of these, named by its prefix.

    Args:
        queries: How many queries the image shows, spread evenly over the identities.
        top: How many matches it shows of each.
    """

    priority = 'LOW'

    def __init__(self, queries: int = 12, top: int = 10) -> None:
        self.queries, self.top = queries, top

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Report on the validation images."""
        self._report(runner, runner.val_evaluator.metrics, 'val')

    def after_test_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Report on the test images."""
        self._report(runner, runner.test_evaluator.metrics, 'test')

    @master_only
    def _report(self, runner: Runner, metrics: list, subset: str) -> None:
        for which, run in retrieval_runs(metrics):
            folder = Path(runner.work_dir) / 'reports' / subset / which
            if run.scores:
                labelled = int(known(run.sides.query.columns).sum())
                others = len(run.sides.query) - labelled
                title = f'{subset}: {labelled} queries' + (f', {others} more of unknown identity' if others else '')
                if subset == 'test':
                    print_scores(run.table, title=title)
                write_whole(folder / 'scores.csv', score_csv(run.table))
                write_whole(folder / 'identities.csv', identity_csv(run))
            path = write_whole(folder / 'ranked.jpg', encode_jpeg(draw_run(run, self.queries, self.top)))
            drawn = f'Ranked results of the stage {run.final_stage!r} are drawn in {path}'
            spots = [stage for stage in run.rankings.stages if isinstance(stage, KeypointStage)]
            if spots and run.final.shape[1] > run.final.one_set:  # an image alone has no match
                sheet = draw_why(spots[-1], run.final, *run.sides, apart=run.apart)
                drawn += f', the spots that speak for them in {write_whole(folder / SPOTS, encode_jpeg(sheet))}'
            if subset == 'test':
                say(runner.logger, drawn)
            else:
                runner.logger.info(drawn)


def draw_run(run: RetrievalRun, queries: int, top: int) -> np.ndarray:
    """Draw some queries of a run with their best matches at its last stage, of the pairs that the headline counts.

    Args:
        run: The run.
        queries: How many queries, spread evenly over the images sorted by identity.
        top: How many matches of each.

    Returns:
        RGB image uint8 (H, W, 3).
    """
    query, gallery = run.sides.query, run.sides.others
    identities, others = query.column('identity'), gallery.column('identity')
    in_order = sorted(range(len(query)), key=lambda i: (str(identities[i]), i))
    chosen = [in_order[i] for i in spread(len(query), queries)]
    matches = run.final.top_k(top, run.apart)
    return draw_rows(ranked_rows(matches, query.column(PATH), gallery.column(PATH), identities, others, chosen))


def identity_csv(run: RetrievalRun) -> str:
    """Return the mean AP of every identity after every stage as CSV text, the hardest identity first.

    Of several protocols the first counts.
    """
    first = next(iter(run.scores))[0]
    identities = run.sides.query.column('identity')
    stages = {
        stage: by_identity(scores.ranks.average_precision, identities)
        for (protocol, stage), scores in run.scores.items()
        if protocol == first
    }
    final = stages[run.final_stage]
    hardest_first = sorted(final, key=lambda identity: final[identity].mean_ap)
    return csv_text(
        ['identity', 'queries', *(f'mAP {name}' for name in stages)],
        [
            [identity, final[identity].queries, *(repr(stage[identity].mean_ap) for stage in stages.values())]
            for identity in hardest_first
        ],
    )
