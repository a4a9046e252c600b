"""Models of several widths become one set of embeddings, one submission, and one stacked fusion."""

import csv
import json

import numpy as np
import pytest

from jaguar_mm.configs.read import read_config
from jaguar_mm.datasets.tables import read_pairs
from jaguar_mm.evaluation.fusing import FUSED
from jaguar_mm.registry import STAGES
from jaguar_mm.retrieval import Pipeline
from jaguar_mm.storage import EmbeddingSet, load_embeddings, save_embeddings
from tests.cli.running import CONFIG, refused, tool

WIDTHS = (6, 9)
BASE = 'configs/recipes/base.py'  # its test has the cosine alone


def herd(path, noise, width, seed, animals=16, each=5):
    """Write embeddings that tell animals apart with noise of their own."""
    rng = np.random.default_rng(seed)
    ids = np.repeat(np.arange(animals), each)
    vectors = rng.normal(size=(animals, width))[ids] + noise * rng.normal(size=(len(ids), width))
    columns = {'identity': [f'animal {i}' for i in ids]}
    save_embeddings(path, EmbeddingSet([f'{i}.png' for i in range(len(ids))], vectors.astype(np.float32), columns))
    return path


@pytest.fixture
def tests(tmp_path, competition):
    """Embeddings of the competition's test images by two models, in two orders."""
    paths = []
    pairs = read_pairs(competition / 'test.csv')
    for place, width in enumerate(WIDTHS):
        vectors = np.random.default_rng(place).normal(size=(len(pairs.names), width)).astype(np.float32)
        files = [str(next(competition.rglob(name))) for name in pairs.names]
        images = EmbeddingSet(pairs.names, vectors, {'path': files})
        paths.append(tmp_path / f'test_{place}.safetensors')
        save_embeddings(paths[-1], images.select(np.arange(len(images))[:: 1 - 2 * place]))
    return paths


def submitted(path):
    with open(path, encoding='utf-8', newline='') as file:
        return {row['row_id']: float(row['similarity']) for row in csv.DictReader(file)}


def test_one_submission_of_two_models(tmp_path, competition, tests):
    out, submission = tmp_path / 'test.safetensors', tmp_path / 'submission.csv'
    asked = ['--config', BASE, '--submission', submission, '--weights', 3, 1, '--json']
    done = refused('ensemble', *tests, '--out', out, *asked, '--cfg-options', f'data_root={competition}')
    assert done.returncode == 0, done.stderr
    pairs = read_pairs(competition / 'test.csv')
    answer = json.loads(done.stdout)
    assert (answer['width'], answer['rows']) == (sum(WIDTHS), len(pairs.row_ids))
    cosines = []
    for path in tests:
        images = load_embeddings(path)
        unit = dict(zip(images.names, images.vectors / np.linalg.norm(images.vectors, axis=1)[:, None], strict=True))
        cosines.append([unit[q] @ unit[g] for q, g in zip(pairs.query, pairs.gallery, strict=True)])
    expected = (1 + 0.75 * np.array(cosines[0]) + 0.25 * np.array(cosines[1])) / 2
    values = submitted(submission)
    np.testing.assert_allclose([values[row] for row in pairs.row_ids], expected, atol=1e-6)
    checked = refused('check-submission', submission, '--test-csv', competition / 'test.csv')
    assert checked.returncode == 0, checked.stdout


def test_models_are_stacked_and_the_fusion_is_submitted(tmp_path, competition, tests):
    files = [
        herd(tmp_path / f'val_{place}.safetensors', 0.8 + place, width, place) for place, width in enumerate(WIDTHS)
    ]
    config = tmp_path / 'stacked.py'
    done = refused('fuse', BASE, *files, '--fit', 'stacking', '--out', config, '--json')
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert set(answer['nearest']) == {'model 1', 'model 2', FUSED}
    assert answer['weights']['model 1'] > answer['weights']['model 2'] > 0  # the second has more noise
    submission = tmp_path / 'submission.csv'
    asked = ['--config', config, '--submission', submission, '--cfg-options', f'data_root={competition}']
    done = refused('ensemble', *tests, '--out', tmp_path / 'test.safetensors', *asked)
    assert done.returncode == 0, done.stderr
    images = load_embeddings(tmp_path / 'test.safetensors')
    pipeline = Pipeline(tuple(STAGES.build(stage) for stage in read_config(config).test_evaluator.stages))
    fused, row_of = pipeline.final(images).matrix(), {name: row for row, name in enumerate(images.names)}
    pairs, values = read_pairs(competition / 'test.csv'), submitted(submission)
    places = [(row_of[q], row_of[g]) for q, g in zip(pairs.query, pairs.gallery, strict=True)]
    order = np.argsort([fused[place] for place in places], kind='stable')
    assert (np.diff(np.array([values[row] for row in pairs.row_ids])[order]) >= 0).all()
    again = tmp_path / 'again.py'
    done = refused('fuse', config, *files, '--fit', 'stacking', '--out', again)
    assert done.returncode == 0, done.stderr
    assert len(read_config(again).test_evaluator.stages) == len(read_config(config).test_evaluator.stages)


def test_the_ensemble_is_one_model_to_other_verbs(tmp_path):
    files = [herd(tmp_path / f'{place}.safetensors', 1.2, width, place) for place, width in enumerate(WIDTHS)]
    tool('ensemble', *files, '--out', tmp_path / 'both.safetensors')
    nearest = []
    for path in (*files, tmp_path / 'both.safetensors'):
        done = refused('score', path, '--json')
        nearest.append(json.loads(done.stdout)['scores'][0]['nearest'])
    assert nearest[2] > max(nearest[:2])


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['--submission', 'x.csv'], '--config says what --submission asks for: give both or neither'),
        (['--config', CONFIG], '--config says what --submission asks for: give both or neither'),
        (['--weights', '1', '-1'], 'weights above 0, got 1.0 -1.0'),
        (['--config', CONFIG, '--submission', 'x.txt'], 'x.txt: what is written is .csv'),
    ],
)
def test_what_cannot_be_done_is_a_sentence(tmp_path, arguments, message):
    files = [herd(tmp_path / f'{place}.safetensors', 1, 4, place) for place in range(2)]
    done = refused('ensemble', *files, '--out', tmp_path / 'out.safetensors', *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / 'out.safetensors').exists()
    done = refused('ensemble', files[0], files[0], '--out', tmp_path / 'out.safetensors')
    assert f'{files[0]}: is given twice' in done.stderr


def test_a_test_set_without_pairs_is_named(tmp_path, competition):
    files = [herd(tmp_path / f'{place}.safetensors', 1, 4, place) for place in range(2)]
    options = ['--cfg-options', f'data_root={competition}', 'test_dataloader.dataset.ann_file=train.csv']
    options += ['test_dataloader.dataset.data_prefix=train', 'test_dataloader.dataset.solution=None']
    asked = ['--config', BASE, '--submission', tmp_path / 'x.csv']
    done = refused('ensemble', *files, '--out', tmp_path / 'out.safetensors', *asked, *options)
    assert done.returncode == 2
    assert f'{BASE}: its test set is no table of pairs' in done.stderr
    assert not (tmp_path / 'out.safetensors').exists()
