import csv

import numpy as np
import pytest

from jaguar_mm.configs.read import read_config
from jaguar_mm.registry import METRICS, STAGES
from jaguar_mm.storage import EmbeddingSet, save_embeddings
from tests.cli.running import CONFIG, ROOT, refused, tool


def herd(animals, noise, views_noise, seed=0):
    rng = np.random.default_rng(seed)
    centres = np.repeat(rng.normal(size=(animals, 16)), 6, axis=0)
    plain, averaged = ((centres + n * rng.normal(size=centres.shape)).astype(np.float32) for n in (noise, views_noise))
    images = range(6 * animals)
    identities = {'identity': [f'animal {i // 6}' for i in images]}
    return EmbeddingSet([f'{i}.png' for i in images], plain, identities, {'flip': averaged})


def test_the_config_that_is_written_inherits_and_has_the_stages(tmp_path):
    save_embeddings(tmp_path / 'val.safetensors', herd(12, 1, 1))
    out = tmp_path / "O'Higgins" / 'tuned.py'
    done = tool('tune', CONFIG, tmp_path / 'val.safetensors', '--out', out)
    assert 'had no part in the choice' in done.stdout
    cfg, base = read_config(out), read_config(ROOT / CONFIG)
    assert cfg.val_evaluator == cfg.test_evaluator
    assert METRICS.build(cfg.test_evaluator).pipeline.stages[0].name == 'raw'
    settings = set(cfg.keys()) - {'stages', 'val_evaluator', 'test_evaluator'}
    assert {key: cfg[key] for key in settings} == {key: base[key] for key in base.keys() - {*cfg.keys() - settings}}


@pytest.mark.parametrize('config', [CONFIG, 'configs/synthetic/v1_resnet10t_arcface.py'])
def test_a_test_runs_with_the_config_that_is_written(tmp_path, competition, config):
    """Views help here, and v1 has none in its model."""
    save_embeddings(tmp_path / 'val.safetensors', herd(30, 1.5, 0.5))
    out = tmp_path / 'tuned.py'
    tool('tune', config, tmp_path / 'val.safetensors', '--out', out)
    stages = read_config(out).test_evaluator.stages
    assert 'Views' in [stage.type for stage in stages]
    options = [f'data_root={competition}', 'test_dataloader.num_workers=0']
    tool('test', out, 'none', '--work-dir', tmp_path, '--cfg-options', *options)
    with open(tmp_path / 'reports/test/scores.csv', encoding='utf-8') as file:
        assert [row['stage'] for row in csv.DictReader(file)] == [s.name for s in map(STAGES.build, stages)]


def test_unlabelled_images_are_named(tmp_path):
    images = herd(12, 1, 1)
    save_embeddings(tmp_path / 'val.safetensors', EmbeddingSet(images.names, images.vectors))
    done = refused('tune', CONFIG, tmp_path / 'val.safetensors', '--out', tmp_path / 'out.py')
    assert done.returncode == 2
    assert 'val.safetensors: has no identities' in done.stderr
    assert not (tmp_path / 'out.py').exists()
