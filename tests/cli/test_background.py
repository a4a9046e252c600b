import csv
import json
from pathlib import Path

import cv2
import pytest

from jaguar_mm.datasets.transforms.condition import CONDITIONS
from tests.cli.running import CONFIG, refused, tool


@pytest.fixture(scope='module')
def reported(checkpoint, options, tmp_path_factory):
    """Folder of a report on the test images, and what was printed."""
    out = tmp_path_factory.mktemp('background')
    done = tool('background', CONFIG, checkpoint, '--set', 'test', '--out', out, *options)
    return out, done


def read(path):
    with open(path, newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file))


def test_table_figures_and_plot_agree(reported):
    out, done = reported
    assert sorted(path.name for path in out.iterdir()) == ['background.csv', 'background.json', 'background.png']
    figures, rows = json.loads((out / 'background.json').read_text()), read(out / 'background.csv')
    assert list(figures['conditions']) == list(CONDITIONS)
    scores = [*figures['conditions'].values(), figures['animal'], figures['place']]
    assert [float(row['mAP_ib']) for row in rows] == [score['mean_ap'] for score in scores]
    assert [float(row['chance']) for row in rows] == [score['chance'] for score in scores]
    for row in rows:
        assert row['condition'] in done.stdout
        assert 0 < float(row['low']) <= float(row['mAP_ib']) <= float(row['high']) <= 1
        assert f'{float(row["mAP_ib"]):.3f}' in done.stdout
    assert f'verdict: {figures["verdict"]}' in done.stdout
    assert cv2.imread(str(out / 'background.png')) is not None


def test_the_condition_that_the_config_tests_with_scores_as_the_test_does(reported, checkpoint, options, tmp_path):
    tool('test', CONFIG, checkpoint, '--work-dir', tmp_path, *options)
    raw = float(read(tmp_path / 'reports/test/scores.csv')[0]['mAP_ib'])
    figures = json.loads((reported[0] / 'background.json').read_text())
    assert figures['conditions']['foreground']['mean_ap'] == pytest.approx(raw, abs=1e-6)


def test_the_validation_images_by_default(options, checkpoint, tmp_path):
    tool('background', CONFIG, checkpoint, '--out', tmp_path, *options)
    assert json.loads((tmp_path / 'background.json').read_text())['set'] == 'val'


def test_images_without_identities_are_refused(options, checkpoint, tmp_path):
    arguments = [CONFIG, checkpoint, '--set', 'test', '--out', tmp_path, *options]
    done = refused('background', *arguments, 'test_dataloader.dataset.solution=None')
    assert done.returncode == 2
    assert 'error: the identities of 9 images are not known' in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_damaged_checkpoint_is_named(options, checkpoint, tmp_path):
    damaged = tmp_path / 'damaged.pth'
    damaged.write_bytes(Path(checkpoint).read_bytes()[:-1000])
    done = refused('background', CONFIG, damaged, '--out', tmp_path / 'out', *options)
    assert done.returncode == 2
    assert f'error: {damaged}: ' in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ['damaged.pth']


OTHER = 'test_dataloader.dataset.pipeline.mask.background=keep'
BROKEN = "the checkpoint was tested with the background 'mean', but test_dataloader has 'keep'"


def test_another_background_is_warned_of_and_the_own_one_is_not(reported, options, checkpoint, tmp_path):
    done = tool('test', CONFIG, checkpoint, '--work-dir', tmp_path, *options, OTHER)
    assert f'WARNING - {BROKEN}' in done.stdout + done.stderr
    assert (tmp_path / 'reports/test/scores.csv').exists()
    assert 'the checkpoint was tested with' not in reported[1].stdout + reported[1].stderr


@pytest.mark.parametrize('name', ['test', 'embed', 'background'])
def test_every_tool_that_evaluates_refuses_if_told_to(name, options, checkpoint, tmp_path):
    out = {'test': ['--work-dir', tmp_path / 'out'], 'embed': ['--out', tmp_path / 'out.safetensors']}
    where = out.get(name, ['--set', 'test', '--out', tmp_path / 'out'])
    refuse = 'default_hooks.background_contract.on_mismatch=raise'
    done = tool(name, CONFIG, checkpoint, *where, *options, OTHER, refuse, check=False)
    assert done.returncode == 2
    assert BROKEN in done.stderr
    assert not (tmp_path / 'out.safetensors').exists()
    assert not list(tmp_path.rglob('*.csv'))
