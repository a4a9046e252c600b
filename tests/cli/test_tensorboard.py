"""What docs/training.md says of TensorBoard, with its own line."""

import csv
import json
import re
import sys

import pytest

from tests.cli.running import CONFIG, ROOT, refused, tool


@pytest.fixture
def config(tmp_path):
    """The CPU-size v3 with the documented line."""
    line = re.search(r'^visualizer = .*Tensorboard.*$', (ROOT / 'docs/training.md').read_text('utf-8'), re.MULTILINE)
    (tmp_path / 'with_tensorboard.py').write_text(f'_base_ = [{str(ROOT / CONFIG)!r}]\n{line[0]}\n')
    return tmp_path / 'with_tensorboard.py'


def test_losses_rates_and_scores_are_in_the_event_file(config, options, tmp_path):
    accumulator = pytest.importorskip('tensorboard.backend.event_processing.event_accumulator')
    work = tmp_path / 'work'
    tool('train', config, '--work-dir', work, *options)
    (events,) = work.rglob('events.out.tfevents.*')
    found = accumulator.EventAccumulator(str(events))
    found.Reload()
    written = {tag: {point.step: point.value for point in found.Scalars(tag)} for tag in found.Tags()['scalars']}
    lines = [json.loads(line) for line in next(work.rglob('scalars.json')).read_text().splitlines()]
    steps = {line['step']: line for line in lines if 'loss' in line}
    assert len(steps) == 10  # two epochs of five
    for name in ('loss', 'loss_arcface', 'lr'):
        assert written[name] == pytest.approx({step: line[name] for step, line in steps.items()}, rel=1e-6)
    with (work / 'reports/val/scores.csv').open(newline='') as file:
        rows = {(row['protocol'], row['stage']): float(row['mAP_ib']) for row in csv.DictReader(file)}
    for (protocol, stage), value in rows.items():
        assert written[f'reid/{protocol}/{stage}/mAP_ib'][2] == pytest.approx(value, abs=1e-4)


def test_without_tensorboard_nothing_begins_and_the_extra_is_named(config, options, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'tensorboard', None)
    done = refused('train', config, '--work-dir', tmp_path / 'work', *options)
    assert done.returncode == 2
    assert done.stderr.endswith(
        "error: jaguar-mm train needs tensorboard, which is not installed; pip install 'jaguar_mm[tensorboard]'\n"
    )
    assert not (tmp_path / 'work').exists()
