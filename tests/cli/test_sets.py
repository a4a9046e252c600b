"""Configs that lack a set, or a part that a verb takes from them."""

import numpy as np
import pytest

from jaguar_mm.storage import EmbeddingSet, save_embeddings
from tests.cli.running import CONFIG, ROOT, refused, tool


@pytest.fixture
def without_test(tmp_path, competition):
    """A config that trains and validates only."""
    path = tmp_path / 'without_test.py'
    lines = [f'_base_ = [{str(ROOT / CONFIG)!r}]', f'data_root = {str(competition)!r}']
    lines += [f'test_{part} = None' for part in ('dataloader', 'cfg', 'evaluator')]
    path.write_text('\n'.join(lines) + '\n')
    return path


@pytest.fixture
def bare(tmp_path):
    """A config with nothing in it."""
    path = tmp_path / 'bare.py'
    path.write_text("default_scope = 'jaguar_mm'\n")
    return path


def test_sets_that_a_config_lacks_are_left_out_and_named(without_test, tmp_path):
    said = f'{without_test} has no test set; looking at train and val'
    done = tool('check-data', without_test, '--out', tmp_path / 'report.csv', '--workers', 1)
    assert said in done.stdout
    cached = ['train_pipeline.load.cache', 'test_pipeline.load.cache']
    options = [f'{key}={tmp_path / "cache"}' for key in cached]
    done = tool('build-cache', without_test, '--workers', 1, '--cfg-options', *options)
    assert said in done.stdout
    assert '30 images added' in done.stdout  # 23 to train on, 7 to validate
    done = tool('browse', without_test, '--count', 1, '--out', tmp_path / 'a.jpg', '--counts', tmp_path / 'counts.png')
    assert said in done.stdout
    assert (tmp_path / 'counts.png').is_file()


def test_nothing_is_said_where_no_set_is_left_out(competition, tmp_path):
    arguments = ['--out', tmp_path / 'report.csv', '--workers', 1, '--cfg-options', f'data_root={competition}']
    assert 'has no' not in tool('check-data', CONFIG, *arguments).stdout


@pytest.mark.parametrize(
    ('verb', 'flags'),
    [
        ('check-data', ['--sets', 'val', 'test']),
        ('build-cache', ['--sets', 'test']),
        ('browse', ['--set', 'test']),
        ('embed', ['none', '--out', 'never.safetensors']),
        ('background', ['none', '--set', 'test']),
    ],
)
def test_a_set_that_is_asked_for_must_be_there(verb, flags, without_test):
    done = refused(verb, without_test, *flags)
    assert done.returncode == 2
    assert done.stderr.endswith(
        f'error: {without_test}: has no test_dataloader, so no test set; add it, or choose a set that it has: '
        f'train, val\n'
    )
    assert 'Traceback' not in done.stderr


@pytest.mark.parametrize(
    ('verb', 'flags', 'message'),
    [
        ('check-data', [], 'has no set of images; give it one of train_dataloader, val_dataloader, test_dataloader'),
        ('browse', [], 'has no set of images'),
        ('build-cache', [], 'has no set of images'),
        ('find-duplicates', ['--out', 'never.csv'], 'has no set of images'),
        ('folds', [], 'has no set of images'),
        ('train', [], 'has no model; add it, or inherit from a config that has one'),
        ('test', ['none'], 'has no model'),
        ('train', ['--amp'], 'has no optim_wrapper'),
        ('train', ['--auto-scale-lr'], 'has no auto_scale_lr'),
        ('test', ['none', '--amp'], 'has no test_cfg'),
        ('test', ['none', '--tta'], 'has no model'),
        ('embed', ['none', '--out', 'never.safetensors'], 'has no model'),
        ('background', ['none'], 'has no model'),
    ],
)
def test_a_config_with_nothing_in_it(verb, flags, message, bare, tmp_path):
    work = ['--work-dir', tmp_path / 'work'] if verb in ('train', 'test', 'folds') else []
    done = refused(verb, bare, *flags, *work)
    assert done.returncode == 2
    assert f'error: {bare}: {message}' in done.stderr
    assert 'Traceback' not in done.stderr
    assert not (tmp_path / 'work').exists()


def test_testing_without_a_test_set(without_test, tmp_path):
    done = refused('test', without_test, 'none', '--work-dir', tmp_path / 'work')
    assert done.returncode == 2
    said = f'error: {without_test}: has no test_dataloader; add it, or inherit from a config that has one\n'
    assert done.stderr.endswith(said)


def test_a_dataloader_without_a_data_set(bare):
    with bare.open('a') as file:
        file.write("train_dataloader = dict(batch_size=2)\nval_dataloader = dict(dataset=dict(type='ImageFolder'))\n")
    done = refused('browse', bare)
    assert done.returncode == 2
    assert 'bare.py: has no train_dataloader.dataset, so no train set' in done.stderr


def test_images_of_the_sets_that_there_are(without_test, competition, tmp_path):
    names = sorted(path.name for path in (competition / 'train').rglob('*.png'))[:2]
    save_embeddings(tmp_path / 'two.safetensors', EmbeddingSet(names, np.eye(2, dtype=np.float32)))
    done = tool('project', tmp_path / 'two.safetensors', '--images', without_test, '--out', tmp_path / 'out')
    assert 'has no test set' in done.stdout
    assert (tmp_path / 'out/sprite.png').is_file()
