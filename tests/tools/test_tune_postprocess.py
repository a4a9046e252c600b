import numpy as np
import pytest
from mmengine.config import Config

from jaguar_mm.registry import METRICS
from jaguar_mm.storage import EmbeddingSet, save_embeddings
from tests.tools.running import tool


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    centres = np.repeat(rng.normal(size=(12, 16)), 6, axis=0)
    embeddings = (centres + rng.normal(size=centres.shape)).astype(np.float32)
    identities = {'identity': [f'animal {i // 6}' for i in range(72)]}
    return EmbeddingSet([f'{i}.png' for i in range(72)], embeddings, identities, {'flip': embeddings})


def test_the_fragment_is_a_config_that_the_evaluator_takes(table, tmp_path):
    save_embeddings(tmp_path / 'val.safetensors', table)
    done = tool('tune_postprocess.py', tmp_path / 'val.safetensors', '--out', tmp_path / 'out.py')
    assert 'had no part in the choice' in done.stdout
    cfg = Config.fromfile(tmp_path / 'out.py')
    assert METRICS.build(dict(type='ReIDMetric', **cfg.test_evaluator)).pipeline.stages[0].name == 'raw'


def test_unlabelled_images_are_named(table, tmp_path):
    save_embeddings(tmp_path / 'val.safetensors', EmbeddingSet(table.names, table.vectors))
    done = tool('tune_postprocess.py', tmp_path / 'val.safetensors', '--out', tmp_path / 'out.py', check=False)
    assert done.returncode == 1
    assert 'val.safetensors: has no identities' in done.stderr
    assert not (tmp_path / 'out.py').exists()
