import csv
import io
import json
from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
from mmpretrain.structures import DataSample

from jaguar_mm.datasets.tables import PairTable
from jaguar_mm.engine.hooks.retrieval_report import draw_run
from jaguar_mm.images import image_fingerprint
from jaguar_mm.registry import HOOKS, METRICS

IDENTITIES = ['Abril', 'Abril', 'Lua', 'Lua', 'Lua']


def finished_metric(tmp_path, identities, *more, groups=None, **settings):
    stages = [dict(type='Cosine'), dict(type='QueryExpansion', k=1), *more]
    metric = METRICS.build(dict(type='ReIDMetric', stages=stages, **settings))
    generator = torch.Generator().manual_seed(0)
    for i, identity in enumerate(identities):
        path = tmp_path / f'{i}.png'
        cv2.imwrite(str(path), np.full((20, 30, 4), 50 * i, np.uint8))
        meta = dict(image_name=path.name, img_path=str(path), identity=identity, group=groups and groups[i])
        sample = DataSample(metainfo=meta)
        embedding = torch.randn(6, generator=generator)
        sample.set_field(torch.nn.functional.normalize(embedding, dim=0), 'embedding')
        metric.process(None, [sample.to_dict()])
    metric.evaluate(len(identities))
    return metric


def fake_runner(tmp_path, *metrics, pairs=None):
    logger = SimpleNamespace(info=lambda message, **_: None)
    evaluator = SimpleNamespace(metrics=metrics)
    dataset = SimpleNamespace(pair_table=pairs)
    return SimpleNamespace(
        work_dir=str(tmp_path / 'work'),
        logger=logger,
        val_evaluator=evaluator,
        test_evaluator=evaluator,
        test_dataloader=SimpleNamespace(dataset=dataset),
    )


@pytest.mark.parametrize('subset', ['val', 'test'])
def test_a_labelled_run_leaves_scores_identities_and_an_image(tmp_path, subset):
    metric = finished_metric(tmp_path, IDENTITIES)
    hook = HOOKS.build(dict(type='RetrievalReportHook', queries=2, top=3))
    getattr(hook, f'after_{subset}_epoch')(fake_runner(tmp_path, metric))
    folder = tmp_path / 'work' / 'reports' / subset
    rows = list(csv.DictReader(io.StringIO((folder / 'scores.csv').read_text())))
    assert [row['stage'] for row in rows] == ['raw', '+QE']
    assert float(rows[-1]['mAP_ib']) == metric.run.table['all', '+QE']['mAP_ib']
    identities = list(csv.DictReader(io.StringIO((folder / 'identities.csv').read_text())))
    assert {row['identity']: int(row['queries']) for row in identities} == {'Abril': 2, 'Lua': 3}
    mean = np.mean([float(row['mAP +QE']) for row in identities])
    assert mean == pytest.approx(metric.run.table['all', '+QE']['mAP_ib'])
    assert cv2.imread(str(folder / 'ranked.jpg')) is not None


def test_a_stage_on_keypoints_leaves_the_spots_too(tmp_path, monkeypatch):
    monkeypatch.setenv('JAGUAR_MM_CACHE', str(tmp_path / 'cache'))
    metric = finished_metric(tmp_path, IDENTITIES, dict(type='LocalMatching', k=2, matcher='rootsift'))
    HOOKS.build(dict(type='RetrievalReportHook', queries=2, top=3)).after_test_epoch(fake_runner(tmp_path, metric))
    folder = tmp_path / 'work' / 'reports' / 'test'
    assert cv2.imread(str(folder / 'correspondences.jpg')) is not None
    assert len(list(folder.iterdir())) == 4


def test_sheets_show_the_pairs_that_the_headline_counts(tmp_path):
    groups = ['burst', 'burst', 'a', 'b', 'c']
    run = finished_metric(tmp_path, ['Lua'] * 4 + ['Abril'], groups=groups).run
    assert next(iter(run.scores)) == ('other_bursts', 'raw')
    for all_pairs, same_burst in ((run.final.top_k(4)[1], True), (run.final.top_k(4, run.apart)[1], False)):
        assert (1 in all_pairs[0]) == same_burst
    tiles = draw_run(run, queries=5, top=4)
    assert (draw_run(replace(run, apart=None), queries=5, top=4) != tiles).any()


def test_an_unlabelled_run_leaves_the_image_alone(tmp_path):
    metric = finished_metric(tmp_path, [None] * 4)
    HOOKS.build(dict(type='RetrievalReportHook')).after_test_epoch(fake_runner(tmp_path, metric))
    assert [path.name for path in (tmp_path / 'work' / 'reports' / 'test').iterdir()] == ['ranked.jpg']


def test_submission_holds_the_last_stage(tmp_path):
    metric = finished_metric(tmp_path, [None] * 3)
    names = ['0.png', '1.png', '2.png']
    ordered = [(q, g) for q in names for g in names if q != g]
    pairs = PairTable('test.csv', [str(i) for i in range(6)], [q for q, _ in ordered], [g for _, g in ordered])
    HOOKS.build(dict(type='SubmissionHook')).after_test_epoch(fake_runner(tmp_path, metric, pairs=pairs))
    with open(tmp_path / 'work' / 'submission.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    cosine = metric.run.rankings['+QE'].matrix().astype(float)
    expected = [min(1, (1 + cosine[int(q[0]), int(g[0])]) / 2) for q, g in ordered]  # rounding may exceed 1
    assert [float(row['similarity']) for row in rows] == pytest.approx(expected, abs=1e-12)
    record = json.loads((tmp_path / 'work' / 'submission.json').read_text())
    assert record['fingerprint'] == image_fingerprint({name: tmp_path / name for name in names})
    assert (record['stage'], record['images']) == ('+QE', 3)


def test_no_pair_table_no_submission(tmp_path):
    metric = finished_metric(tmp_path, IDENTITIES)
    HOOKS.build(dict(type='SubmissionHook')).after_test_epoch(fake_runner(tmp_path, metric))
    assert not (tmp_path / 'work').exists()


def test_two_evaluators_do_not_overwrite_each_other(tmp_path):
    first = finished_metric(tmp_path, IDENTITIES)
    second = finished_metric(tmp_path, [*IDENTITIES[1:], 'Ti'], prefix='others')
    pairs = PairTable('test.csv', ['0'], ['0.png'], ['1.png'])
    runner = fake_runner(tmp_path, first, second, pairs=pairs)
    HOOKS.build(dict(type='RetrievalReportHook')).after_test_epoch(runner)
    HOOKS.build(dict(type='SubmissionHook')).after_test_epoch(runner)
    reports = tmp_path / 'work' / 'reports' / 'test'
    for metric, folder in ((first, reports), (second, reports / 'others')):
        rows = list(csv.DictReader(io.StringIO((folder / 'scores.csv').read_text())))
        assert float(rows[-1]['mAP_ib']) == metric.run.table['all', '+QE']['mAP_ib']
    names = ['submission.csv', 'submission.json', 'submission_others.csv', 'submission_others.json']
    assert sorted(path.name for path in (tmp_path / 'work').glob('sub*')) == names


def test_a_submission_is_a_csv_file_and_its_record_never_takes_its_place():
    with pytest.raises(ValueError, match=r"SubmissionHook\.out_file is written as \.csv, got 'submission\.json'"):
        HOOKS.build(dict(type='SubmissionHook', out_file='submission.json'))


class TestTrainingSetHook:
    @staticmethod
    def runner(tmp_path, num_classes):
        images = {'é.png': 'Abril', 'c.png': 'Lua', 'd.png': 'Lua'}
        for name in images:
            (tmp_path / name).write_bytes(name.encode())
        infos = [
            dict(image_name=name, img_path=str(tmp_path / name), identity=identity, gt_label=int(identity == 'Lua'))
            for name, identity in images.items()
        ]
        model = torch.nn.Module()
        model.head = SimpleNamespace(num_classes=num_classes)
        loader = SimpleNamespace(dataset=TrainingImages(infos))
        return SimpleNamespace(model=model, train_dataloader=loader, work_dir=str(tmp_path / 'work'))

    def test_the_split_is_recorded(self, tmp_path):
        HOOKS.build(dict(type='TrainingSetHook')).before_train(self.runner(tmp_path, 2))
        split = json.loads((tmp_path / 'work' / 'split.json').read_text(encoding='utf-8'))
        assert split == {'train': ['é.png', 'c.png', 'd.png'], 'val': ['b.png']}

    def test_checkpoints_say_what_they_learnt_from(self, tmp_path):
        hook, runner = HOOKS.build(dict(type='TrainingSetHook')), self.runner(tmp_path, 2)
        hook.before_train(runner)
        checkpoint = {'meta': {'epoch': 3}}
        hook.before_save_checkpoint(runner, checkpoint)
        paths = {name: tmp_path / name for name in ('c.png', 'd.png', 'é.png')}
        assert checkpoint['meta'] == {
            'epoch': 3,
            'training_set': {
                'images': 3,
                'identities': 2,
                'split': {'train': 3, 'val': 1},
                'fingerprint': image_fingerprint(paths),
            },
        }

    def test_a_head_of_another_size_names_the_config_key(self, tmp_path):
        with pytest.raises(ValueError, match=r'model\.head\.num_classes is 31.*2 classes.*num_classes=None'):
            HOOKS.build(dict(type='TrainingSetHook')).before_train(self.runner(tmp_path, 31))
        assert not (tmp_path / 'work').exists()

    def test_an_image_without_a_class_is_named(self, tmp_path):
        runner = self.runner(tmp_path, 2)
        del runner.train_dataloader.dataset.infos[1]['gt_label']
        with pytest.raises(
            ValueError, match=r"1 of 3 training images are of unknown .*\(c\.png is the first\).*subset='tr"
        ):
            HOOKS.build(dict(type='TrainingSetHook')).before_train(runner)
        assert not (tmp_path / 'work').exists()


class TrainingImages:
    """A data set of a few records."""

    source = 'train.csv'

    def __init__(self, infos):
        self.infos, self.metainfo = infos, dict(classes=('Abril', 'Lua'))

    def __len__(self):
        return len(self.infos)

    def get_data_info(self, index):
        return self.infos[index]

    def split_record(self):
        return {'train': [info['image_name'] for info in self.infos], 'val': ['b.png']}
