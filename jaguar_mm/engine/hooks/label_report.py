"""Plain classification: which class each image was taken for, as a table and as an image."""

from __future__ import annotations

from pathlib import Path

from mmengine.dist import collect_results, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner

from jaguar_mm.engine.console import say
from jaguar_mm.registry import HOOKS
from jaguar_mm.reports.confusion import draw_confusion
from jaguar_mm.retrieval.columns import is_unknown
from jaguar_mm.storage.csv_gate import read_rows
from jaguar_mm.storage.files import csv_text, write_whole

HEADER = ('filename', 'label')


@HOOKS.register_module()
class LabelReportHook(Hook):
    """Write ``reports/<val|test>/labels.csv``, the class of each image, and ``confusion.png`` of known ones.

    Classes are those of the training, by the names that the checkpoint has on record.

    Args:
        sample: A table such as a competition's ``sample_submission.csv``, with the column ``filename``: the table of a
            test has its rows in its order; None: in the order of the images.
    """

    priority = 'LOW'

    def __init__(self, sample: str | None = None) -> None:
        self.sample = sample
        self.classes: list[str] = []
        self.found: list[dict] = []

    def before_train(self, runner: Runner) -> None:
        """Take the classes of the training set."""
        self.classes = list(runner.train_dataloader.dataset.metainfo['classes'])

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Take the classes that the weights have learnt."""
        recorded = (checkpoint.get('meta') or {}).get('dataset_meta') or {}
        self.classes = list(recorded.get('classes') or self.classes)

    def after_val_iter(self, runner: Runner, batch_idx: int, data_batch=None, outputs=None) -> None:
        """Keep what a batch was taken for."""
        self._keep(outputs)

    def after_test_iter(self, runner: Runner, batch_idx: int, data_batch=None, outputs=None) -> None:
        """Keep what a batch was taken for."""
        self._keep(outputs)

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Report on the validation images."""
        self._report(runner, runner.val_dataloader.dataset, 'val', None)

    def after_test_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Report on the test images."""
        self._report(runner, runner.test_dataloader.dataset, 'test', self.sample)

    def _keep(self, outputs: list) -> None:
        for sample in outputs:
            if 'pred_label' not in sample:
                raise ValueError(
                    'LabelReportHook: the model gives no classes; model.head.losses needs one over classes'
                )
            label, name = int(sample.pred_label), sample.image_name
            self.found.append(dict(name=name, label=label, identity=sample.get('identity')))

    def _report(self, runner: Runner, dataset, subset: str, sample: str | None) -> None:
        found, self.found = collect_results(self.found, len(dataset), 'cpu'), []
        if not is_main_process():
            return
        if not self.classes:
            raise ValueError(
                'LabelReportHook: the checkpoint has no names of classes on record; train with jaguar-mm train'
            )
        folder = Path(runner.work_dir) / 'reports' / subset
        taken = {each['name']: self.classes[each['label']] for each in found}
        table = write_whole(folder / 'labels.csv', label_csv(taken, sample))
        said = f'Classes of {len(taken)} images: {table}'
        known = {each['name']: each['identity'] for each in found if not is_unknown(each['identity'])}
        if known:
            drawn = draw_confusion([*known.values()], [taken[name] for name in known])
            right = sum(taken[name] == identity for name, identity in known.items())
            said += f', {right} of {len(known)} right; which is taken for which: '
            said += str(write_whole(folder / 'confusion.png', drawn))
        if subset == 'test':
            say(runner.logger, said)
        else:
            runner.logger.info(said)


def label_csv(taken: dict[str, str], sample: str | None) -> str:
    """Return the class of each image as CSV.

    Args:
        taken: Name of an image to its class.
        sample: Table with a column ``filename`` whose order is taken over; None: the order of the images.

    Raises:
        ValueError: If an image of the sample was not tested.
    """
    if sample is None:
        return csv_text(HEADER, taken.items())
    names = [row.values[HEADER[0]] for row in read_rows(sample, HEADER[:1], HEADER[:1])]
    if absent := [name for name in names if name not in taken]:
        more = f' and {len(absent) - 1} more' if absent[1:] else ''
        raise ValueError(f'{sample}: {absent[0]}{more} not tested; test the images that it lists')
    return csv_text(HEADER, [(name, taken[name]) for name in names])
