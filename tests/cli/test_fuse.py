"""Stages are fused by what is learnt on other animals, and a test runs with the config that is written."""

import csv
import json

import numpy as np
import pytest

from jaguar_mm.configs.read import read_config
from jaguar_mm.evaluation.fusing import FUSED, fuse
from jaguar_mm.evaluation.sides import Sides
from jaguar_mm.registry import STAGES
from jaguar_mm.retrieval import CosineRanking, MatrixRanking, score_ranking
from jaguar_mm.storage import EmbeddingSet, save_embeddings
from tests.cli.running import CONFIG, refused, tool


def herd(animals=24, each=5, roles=False, seed=0):
    """Return embeddings that tell animals apart with noise, and a second opinion with noise of its own (N, N)."""
    rng = np.random.default_rng(seed)
    ids = np.repeat(np.arange(animals), each)
    centres, others = rng.normal(size=(2, animals, 12))
    vectors = (centres[ids] + 1.1 * rng.normal(size=(len(ids), 12))).astype(np.float32)
    opinion = CosineRanking((others[ids] + 1.1 * rng.normal(size=(len(ids), 12))).astype(np.float32)).matrix()
    columns = {'identity': [f'animal {i}' for i in ids]}
    if roles:
        columns['role'] = ['query' if place % each == 0 else 'gallery' for place in range(len(ids))]
    names = [f'{place}.png' for place in range(len(ids))]
    return EmbeddingSet(names, vectors, columns, {'flip': vectors + 0.3 * vectors[::-1]}), opinion


@pytest.mark.parametrize('fit', ['logistic', 'isotonic'])
def test_two_opinions_are_better_than_one(fit):
    images, opinion = herd()
    rankings = {'one': CosineRanking(images.vectors), 'two': MatrixRanking(opinion, one_set=True)}
    fused = fuse(rankings, Sides(images, None), fit=fit)
    assert fused.low > 0
    assert fused.nearest[FUSED] > max(fused.nearest['one'], fused.nearest['two'])
    for name, ranking in rankings.items():
        expected = score_ranking(ranking, images.column('identity'))
        assert fused.mean_ap[name].mean() == pytest.approx(expected.identity_balanced_map)
        assert fused.nearest[name] == pytest.approx((expected.ranks.first_rank == 1).mean())
        values = np.sort(ranking.matrix().ravel())
        assert (np.diff(fused.calibrations[name](values)) >= 0).all()


def test_an_animal_has_no_part_in_what_it_is_judged_by():
    """A second opinion that is right for one animal alone helps nobody else."""
    images, _ = herd(6)
    ids = images.column('identity')
    told = np.where((ids[:, None] == ids) & (ids == 'animal 0'), 1.0, np.random.default_rng(1).random((30, 30)) / 2)
    fused = fuse({'one': CosineRanking(images.vectors), 'two': MatrixRanking(told, one_set=True)}, Sides(images, None))
    assert fused.mean_ap[FUSED][1:].mean() <= fused.mean_ap['one'][1:].mean() + 0.05


@pytest.mark.parametrize('roles', [False, True])
def test_the_config_that_is_written_adds_the_fusion_once(tmp_path, roles):
    save_embeddings(tmp_path / 'val.safetensors', herd(roles=roles)[0])
    out, again = tmp_path / 'fused.py', tmp_path / 'again.py'
    chosen = ['--fuse', 'raw', '+TTA', '--out']
    done = refused('fuse', CONFIG, tmp_path / 'val.safetensors', *chosen, out, '--json')
    assert set(json.loads(done.stdout)['nearest']) == {'raw', '+TTA', FUSED}
    cfg = read_config(out)
    stages = [STAGES.build(stage) for stage in cfg.test_evaluator.stages]
    assert stages[-1].stages == ('raw', '+TTA')
    assert len(cfg.val_evaluator.stages) == len(stages) - 1
    assert refused('fuse', out, tmp_path / 'val.safetensors', *chosen, again).returncode == 0
    assert [stage.name for stage in read_config(again).test_evaluator.stages].count(FUSED) == 1


def test_a_test_runs_with_the_config_that_is_written(tmp_path, competition):
    save_embeddings(tmp_path / 'val.safetensors', herd()[0])
    out = tmp_path / 'fused.py'
    tool('fuse', CONFIG, tmp_path / 'val.safetensors', '--fuse', 'raw', '+TTA', '--out', out)
    options = [f'data_root={competition}', 'test_dataloader.num_workers=0']
    tool('test', out, 'none', '--work-dir', tmp_path, '--cfg-options', *options)
    with open(tmp_path / 'reports/test/scores.csv', encoding='utf-8') as file:
        assert [row['stage'] for row in csv.DictReader(file)][-1] == FUSED


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['--fuse', 'raw'], 'a fusion needs two stages at least, got raw'),
        (['--fuse', 'raw', 'cooked'], "there is no stage 'cooked', only raw, "),
        (['--apart', 'burst'], "'burst'"),
    ],
)
def test_what_cannot_be_fused_is_a_sentence(tmp_path, arguments, message):
    save_embeddings(tmp_path / 'val.safetensors', herd()[0])
    done = refused('fuse', CONFIG, tmp_path / 'val.safetensors', '--out', tmp_path / 'out.py', *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / 'out.py').exists()


def test_embeddings_of_nobody_are_named(tmp_path):
    images = herd()[0]
    save_embeddings(tmp_path / 'val.safetensors', EmbeddingSet(images.names, images.vectors))
    done = refused('fuse', CONFIG, tmp_path / 'val.safetensors', '--out', tmp_path / 'out.py')
    assert 'val.safetensors: has no identities' in done.stderr


def test_a_test_without_stages_is_named(tmp_path):
    save_embeddings(tmp_path / 'val.safetensors', herd()[0])
    config = 'configs/synthetic/v1_resnet10t_arcface.py'
    done = refused('fuse', config, tmp_path / 'val.safetensors', '--out', tmp_path / 'out.py')
    assert done.returncode == 2
    assert f'{config}: its test_evaluator has no stages to fuse' in done.stderr


@pytest.mark.parametrize('roles', [['query'], ['query', None], ['query', 'gallery', None]])
def test_roles_of_some_images_alone_are_refused(tmp_path, roles):
    images = herd()[0]
    given = [roles[place % len(roles)] for place in range(len(images))]
    save_embeddings(tmp_path / 'val.safetensors', images.with_columns(role=given))
    done = refused('fuse', CONFIG, tmp_path / 'val.safetensors', '--out', tmp_path / 'out.py')
    assert done.returncode == 2
    assert "val.safetensors: images must all be 'query' or 'gallery', or have no role; got" in done.stderr
