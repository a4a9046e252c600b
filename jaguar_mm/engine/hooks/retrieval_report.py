"""What a validation or test run leaves on disk: scores, scores by identity, and the ranked-results picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import Runner

from jaguar_mm.engine.hooks.runs import retrieval_runs
from jaguar_mm.evaluation.reid_metric import RetrievalRun
from jaguar_mm.files import csv_text, write_whole
from jaguar_mm.registry import HOOKS
from jaguar_mm.reports import draw_rows, encode_jpeg, print_scores, ranked_rows, score_csv
from jaguar_mm.retrieval import per_identity_map


@HOOKS.register_module()
class RetrievalReportHook(Hook):
    """Write ``reports/<val|test>/{scores.csv, identities.csv, ranked.jpg}`` into the work dir and print the scores.

    Of several evaluators every further one has its files in a folder of these, named by its prefix.

    Args:
        queries: How many queries the picture shows, spread evenly over the identities.
        top: How many matches it shows of each.
    """

    priority = 'LOW'

    def __init__(self, queries: int = 12, top: int = 10) -> None:
        self.queries, self.top = queries, top

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Report on the validation pictures."""
        self._report(runner, runner.val_evaluator.metrics, 'val')

    def after_test_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Report on the test pictures."""
        self._report(runner, runner.test_evaluator.metrics, 'test')

    @master_only
    def _report(self, runner: Runner, metrics: list, subset: str) -> None:
        for which, run in retrieval_runs(metrics):
            folder = Path(runner.work_dir) / 'reports' / subset / which
            if run.scores:
                known = int(run.gathered.query.known.sum())
                others = len(run.gathered.query) - known
                title = f'{subset}: {known} queries' + (f', {others} more of unknown identity' if others else '')
                print_scores(run.scores, title=title)
                write_whole(folder / 'scores.csv', score_csv(run.scores))
                write_whole(folder / 'identities.csv', identity_csv(run))
            path = write_whole(folder / 'ranked.jpg', encode_jpeg(draw_run(run, self.queries, self.top)))
            runner.logger.info(f'Ranked results of the stage {run.final.name!r} are drawn in {path}')


def draw_run(run: RetrievalRun, queries: int, top: int) -> np.ndarray:
    """Draw some queries of a run with their best matches at its last stage.

    Args:
        run: The run.
        queries: How many queries, spread evenly over the pictures sorted by identity.
        top: How many matches of each.

    Returns:
        RGB picture uint8 (H, W, 3).
    """
    query, gallery = run.gathered.query, run.gathered.gallery or run.gathered.query
    by_identity = sorted(range(len(query)), key=lambda i: (str(query.fields['identity'][i]), i))
    chosen = [by_identity[i] for i in np.linspace(0, len(query) - 1, min(queries, len(query))).astype(int)]
    ignore = np.zeros((len(query), len(gallery)), bool)
    if run.gathered.gallery is None:
        np.fill_diagonal(ignore, True)
    rows = ranked_rows(
        run.similarities[run.final.name].numpy(),
        query.paths,
        gallery.paths,
        query.fields['identity'],
        gallery.fields['identity'],
        ignore,
        chosen,
        top,
    )
    return draw_rows(rows)


def identity_csv(run: RetrievalRun) -> str:
    """Return the mean AP of every identity after every stage as CSV text, the hardest identity first."""
    gathered = run.gathered
    gallery_ids = None if gathered.gallery is None else gathered.gallery.fields['identity']
    stages = {
        name: per_identity_map(similarity, gathered.query.fields['identity'], gallery_ids)
        for name, similarity in run.similarities.items()
    }
    final = stages[run.final.name]
    hardest_first = sorted(final, key=lambda identity: final[identity].mean_ap)
    return csv_text(
        ['identity', 'queries', *(f'mAP {name}' for name in stages)],
        [
            [identity, final[identity].queries, *(repr(stage[identity].mean_ap) for stage in stages.values())]
            for identity in hardest_first
        ],
    )
