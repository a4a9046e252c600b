import numpy as np
import pytest
from jaguar_mm.embedding_table import EmbeddingTable, save_embeddings
from mmengine.config import Config

from jaguar_mm.registry import METRICS
from tests.tools.running import tool


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    centres = np.repeat(rng.normal(size=(12, 16)), 6, axis=0)
    embeddings = (centres + rng.normal(size=centres.shape)).astype(np.float32)
    return EmbeddingTable([f'{i}.png' for i in range(72)], embeddings, [f'animal {i // 6}' for i in range(72)])


def test_the_fragment_is_a_config_that_the_evaluator_takes(table, tmp_path):
    save_embeddings(tmp_path / 'val.npz', table)
    save_embeddings(tmp_path / 'tta.npz', table)
    done = tool(
        'tune_postprocess.py', tmp_path / 'val.npz', '--tta', tmp_path / 'tta.npz', '--out', tmp_path / 'out.py'
    )
    assert 'had no part in the choice' in done.stdout
    cfg = Config.fromfile(tmp_path / 'out.py')
    assert METRICS.build(dict(type='ReIDMetric', **cfg.test_evaluator)).stages[0].name == 'raw'


def test_unlabelled_or_other_pictures_are_named(table, tmp_path):
    save_embeddings(tmp_path / 'val.npz', EmbeddingTable(table.names, table.embeddings))
    done = tool('tune_postprocess.py', tmp_path / 'val.npz', '--out', tmp_path / 'out.py', check=False)
    assert done.returncode == 1
    assert 'val.npz: has no identities' in done.stderr
    save_embeddings(tmp_path / 'val.npz', table)
    save_embeddings(tmp_path / 'tta.npz', EmbeddingTable(table.names[::-1], table.embeddings))
    arguments = ['--tta', tmp_path / 'tta.npz', '--out', tmp_path / 'out.py']
    done = tool('tune_postprocess.py', tmp_path / 'val.npz', *arguments, check=False)
    assert 'tta.npz: holds other pictures' in done.stderr
    assert not (tmp_path / 'out.py').exists()
