"""Steps have names for files and options, and are lists for whoever is built from them."""

import pytest

from jaguar_mm.configs import ConfigError, parse_options
from jaguar_mm.configs.read import read_config
from tests.configs.test_file import written

BASE = """
load = dict(type='Load', size=1)
train_pipeline = dict(load=load, flip=dict(type='Flip', prob=0.5), pack=dict(type='PackInputs'))
test_pipeline = dict(load=load, pack=dict(type='PackInputs'))
stages = dict(first=dict(type='A', k=1), second=dict(type='B'))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_evaluator = dict(stages=stages)
model = dict(neck=dict(pool=dict(type='P'), norm=dict(type='N')), head=dict(neck=dict(lr_mult=1.0)))
"""


def read(folder, text, *options):
    path = written(folder, base=BASE, leaf=f"_base_ = 'base.py'\n{text}")
    return read_config(path, parse_options(options))


def kinds(steps):
    return [step['type'] for step in steps]


def test_they_are_lists_in_order(tmp_path):
    cfg = read(tmp_path, '')
    assert cfg.train_dataloader.dataset.pipeline == cfg.train_pipeline
    assert cfg.train_pipeline == [dict(type='Load', size=1), dict(type='Flip', prob=0.5), dict(type='PackInputs')]
    assert cfg.test_evaluator.stages == [dict(type='A', k=1), dict(type='B')]
    assert cfg.model.neck == [dict(type='P'), dict(type='N')]
    assert cfg.model.head.neck == dict(lr_mult=1.0)  # a name of something else


@pytest.mark.parametrize(
    ('text', 'options'),
    [
        ('train_pipeline = dict(flip=dict(prob=0.1))', []),
        ('', ['train_pipeline.flip.prob=0.1']),
        ('train_dataloader = dict(dataset=dict(pipeline=dict(flip=dict(prob=0.1))))', []),
        ('', ['train_dataloader.dataset.pipeline.flip.prob=0.1']),
        ('train_pipeline = dict(flip=dict(prob=0.3))', ['train_pipeline.flip.prob=0.1']),
    ],
)
def test_a_file_or_an_option_overrides_a_step_by_its_name(tmp_path, text, options):
    cfg = read(tmp_path, text, *options)
    assert cfg.train_dataloader.dataset.pipeline[1] == dict(type='Flip', prob=0.1)
    assert kinds(cfg.train_dataloader.dataset.pipeline) == ['Load', 'Flip', 'PackInputs']


@pytest.mark.parametrize(('text', 'options'), [('load = dict(size=7)', []), ('', ['load.size=7'])])
def test_a_step_that_several_pipelines_share_is_overridden_once(tmp_path, text, options):
    cfg = read(tmp_path, text, *options)
    assert [cfg[f'{name}_dataloader'].dataset.pipeline[0].size for name in ('train', 'test')] == [7, 7]


@pytest.mark.parametrize(
    ('text', 'options'), [('train_pipeline = dict(flip=None)', []), ('', ['train_pipeline.flip=None'])]
)
def test_none_leaves_a_step_out(tmp_path, text, options):
    assert kinds(read(tmp_path, text, *options).train_dataloader.dataset.pipeline) == ['Load', 'PackInputs']


def test_a_step_that_was_left_out_comes_back_where_it_was(tmp_path):
    written(tmp_path, base=BASE, middle="_base_ = 'base.py'\ntrain_pipeline = dict(flip=None)")
    path = written(tmp_path, leaf="_base_ = 'middle.py'\ntrain_pipeline = dict(flip=dict(type='Turn'))")
    assert kinds(read_config(path).train_dataloader.dataset.pipeline) == ['Load', 'Turn', 'PackInputs']


def test_a_new_step_says_behind_which_it_comes(tmp_path):
    new = "blur=dict(type='Blur', after='load'), noise=dict(type='Noise', after='load'), g=dict(type='G', after='blur')"
    cfg = read(tmp_path, f'train_pipeline = dict({new})')
    assert kinds(cfg.train_pipeline) == ['Load', 'Blur', 'G', 'Noise', 'Flip', 'PackInputs']
    assert 'after' not in cfg.train_pipeline[1]
    cfg = read(tmp_path, '', "train_pipeline.blur={'type': 'Blur', 'after': 'flip'}", 'train_pipeline.load.after=blur')
    assert kinds(cfg.train_dataloader.dataset.pipeline) == ['Flip', 'Blur', 'Load', 'PackInputs']


def test_delete_puts_other_steps_in_the_place_of_all(tmp_path):
    cfg = read(tmp_path, "train_pipeline = dict(_delete_=True, load=_base_.load, end=dict(type='End'))", 'load.size=5')
    assert cfg.train_dataloader.dataset.pipeline == [dict(type='Load', size=5), dict(type='End')]


def test_a_list_may_take_the_place_of_names_and_is_one(tmp_path):
    cfg = read(tmp_path, "stages = [dict(type='C')]")
    assert cfg.test_evaluator.stages == [dict(type='C')]
    cfg = read(tmp_path, '', "test_evaluator.stages=[{'type': 'C'}]", 'model.neck=[]')
    assert (cfg.test_evaluator.stages, cfg.model.neck) == ([dict(type='C')], [])


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('train_pipeline = dict(flipp=dict(prob=1))', r'pipeline\.flipp has no type and is no step; flip perhaps\?'),
        ('train_pipeline = dict(x=1)', r'pipeline\.x has no type and is no step; its steps are load, flip, pack'),
        ("train_pipeline = dict(x=dict(type='X'))", r"pipeline\.x comes behind pack; .* after='load'"),
        (
            "train_pipeline = dict(x=dict(type='X', after='y'))",
            r"x\.after is 'y'; it has to be one of load, flip, pack",
        ),
        ("stages = dict(first=dict(after='second'), second=dict(after='first'))", r"first\.after is 'second'; it has"),
    ],
)
def test_a_step_without_type_or_place_is_named(tmp_path, text, message):
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, text)


def test_of_several_bases_a_later_one_overrides_an_earlier_one(tmp_path):
    small = 'load = dict(size=2)\ntrain_pipeline = dict(flip=None)\nmodel = dict(neck=dict(norm=None))'
    path = written(tmp_path, base=BASE, small=small, leaf="_base_ = ['base.py', 'small.py']\nx = _base_.load.size")
    cfg = read_config(path)
    assert [cfg[f'{name}_dataloader'].dataset.pipeline[0].size for name in ('train', 'test')] == [2, 2]
    assert kinds(cfg.train_dataloader.dataset.pipeline) == ['Load', 'PackInputs']
    assert (cfg.model.neck, cfg.x) == ([dict(type='P')], 2)


def test_a_variable_may_be_made_from_what_it_was(tmp_path):
    written(tmp_path, base="names = ['a']\nval_cfg = dict(names=names)")
    path = written(tmp_path, leaf="_base_ = 'base.py'\nnames = [*_base_.names, 'b']")
    assert read_config(path).val_cfg.names == ['a', 'b']
