import csv

import numpy as np
import pytest

from jaguar_mm.configs import read_config
from jaguar_mm.embedding_table import EmbeddingTable, save_embeddings
from jaguar_mm.registry import METRICS, STAGES
from tests.conftest import IDENTITIES
from tests.tools.running import CONFIG, ROOT, tool


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    centres = np.repeat(rng.normal(size=(12, 16)), 6, axis=0)
    embeddings = (centres + rng.normal(size=centres.shape)).astype(np.float32)
    return EmbeddingTable([f'{i}.png' for i in range(72)], embeddings, [f'animal {i // 6}' for i in range(72)])


def test_the_config_that_is_written_inherits_and_has_the_stages(table, tmp_path):
    save_embeddings(tmp_path / 'val.npz', table)
    save_embeddings(tmp_path / 'tta.npz', table)
    out = tmp_path / "O'Higgins" / 'tuned.py'
    done = tool('tune_postprocess.py', CONFIG, tmp_path / 'val.npz', '--tta', tmp_path / 'tta.npz', '--out', out)
    assert 'had no part in the choice' in done.stdout
    cfg, base = read_config(out), read_config(ROOT / CONFIG)
    assert cfg.val_evaluator == cfg.test_evaluator
    assert METRICS.build(cfg.test_evaluator).stages[0].name == 'raw'
    settings = set(cfg.keys()) - {'stages', 'val_evaluator', 'test_evaluator'}
    assert {key: cfg[key] for key in settings} == {key: base[key] for key in base.keys() - {*cfg.keys() - settings}}


@pytest.mark.parametrize('config', [CONFIG, 'configs/synthetic/v1_resnet10t_arcface.py'])
def test_a_test_runs_with_the_config_that_is_written(tmp_path, competition, config):
    """Views help here, and v1 has none in its model."""
    rng = np.random.default_rng(0)
    centres = np.repeat(rng.normal(size=(30, 16)), 6, axis=0)
    names, animals = [f'{i}.png' for i in range(180)], [f'animal {i // 6}' for i in range(180)]
    for name, noise in (('val', 1.5), ('tta', 0.5)):
        embeddings = (centres + noise * rng.normal(size=centres.shape)).astype(np.float32)
        save_embeddings(tmp_path / f'{name}.npz', EmbeddingTable(names, embeddings, animals))
    out = tmp_path / 'tuned.py'
    tool('tune_postprocess.py', config, tmp_path / 'val.npz', '--tta', tmp_path / 'tta.npz', '--out', out)
    stages = read_config(out).test_evaluator.stages
    assert 'TestTimeViews' in [stage.type for stage in stages]
    options = [f'data_root={competition}', f'model.head.num_classes={IDENTITIES}', 'test_dataloader.num_workers=0']
    tool('test.py', out, 'none', '--work-dir', tmp_path, '--cfg-options', *options)
    with open(tmp_path / 'reports/test/scores.csv', encoding='utf-8') as file:
        assert [row['stage'] for row in csv.DictReader(file)] == [s.name for s in map(STAGES.build, stages)]


def test_unlabelled_or_other_pictures_are_named(table, tmp_path):
    save_embeddings(tmp_path / 'val.npz', EmbeddingTable(table.names, table.embeddings))
    done = tool('tune_postprocess.py', CONFIG, tmp_path / 'val.npz', '--out', tmp_path / 'out.py', check=False)
    assert done.returncode == 1
    assert 'val.npz: has no identities' in done.stderr
    save_embeddings(tmp_path / 'val.npz', table)
    save_embeddings(tmp_path / 'tta.npz', EmbeddingTable(table.names[::-1], table.embeddings))
    arguments = ['--tta', tmp_path / 'tta.npz', '--out', tmp_path / 'out.py']
    done = tool('tune_postprocess.py', CONFIG, tmp_path / 'val.npz', *arguments, check=False)
    assert 'tta.npz: holds other pictures' in done.stderr
    assert not (tmp_path / 'out.py').exists()
