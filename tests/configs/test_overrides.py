"""Overrides act or are refused."""

import pytest

from jaguar_mm.configs import ConfigError, parse_options
from jaguar_mm.configs.read import read_config
from tests.cli.running import CONFIG, ROOT, tool
from tests.test_configs import table_of

V3 = ROOT / CONFIG
V1 = ROOT / 'configs/synthetic/v1_resnet10t_arcface.py'
NYALA = ROOT / 'configs/nyala/mobilenetv2_flanks.py'
LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')
LEAVES = [path for path in (ROOT / 'configs').rglob('*.py') if path.parent.name != '_base_']


def read(path, *options):
    return read_config(path, parse_options(options))


@pytest.mark.parametrize('path', LEAVES, ids=lambda path: path.stem)
def test_data_root_is_that_of_every_data_set(path):
    cfg = read(path, "data_root=/My Drive/O'Higgins")
    tables = [table_of(cfg[loader].dataset) for loader in LOADERS]
    roots = {table.get('data_root', table.get('folder')) for table in tables}
    own = {'data/synthetic_encoder'} if path.stem == 'encoder_resnet10t' else set()  # its train_root
    assert roots - own == {"/My Drive/O'Higgins"} == {cfg.data_root}


def test_all_that_is_made_from_a_variable_follows():
    cfg = read(V3, 'train_pipeline.load.size=99', 'meta_keys=image_name', "stages=[{'type': 'Cosine'}]")
    assert [cfg[loader].dataset.pipeline[0].size for loader in LOADERS] == [99, 192, 192]
    assert [read(V3, 'load.size=98')[loader].dataset.pipeline[0].size for loader in LOADERS] == [98, 98, 98]
    assert all(cfg[loader].dataset.pipeline[-1].meta_keys == 'image_name' for loader in LOADERS)
    assert cfg.val_evaluator.stages == cfg.test_evaluator.stages == [dict(type='Cosine')]
    cfg = read(NYALA, 'table.ann_file=other.csv', 'stages.cosine.name=plain')
    assert {cfg[loader].dataset.ann_file for loader in LOADERS} == {'other.csv'}
    assert [cfg[name].stages[0].name for name in ('val_evaluator', 'test_evaluator')] == ['plain', 'plain']


def test_one_setting_is_one_setting_and_wins_over_the_variable():
    cfg = read(NYALA, 'data_root=a', 'test_dataloader.dataset.data_root=b', 'val_dataloader.batch_size=3')
    assert [cfg[loader].dataset.data_root for loader in LOADERS] == ['a', 'a', 'b']
    assert [cfg[loader].batch_size for loader in LOADERS] == [32, 3, 32]


@pytest.mark.parametrize(
    'options',
    [
        ['model.backbone.drop_path_rate=0.1'],
        ['optim_wrapper.clip_grad.max_norm=5'],
        ['custom_hooks=[]', 'load_from=x.pth', 'runner_type=Runner', 'work_dir=a b'],
        ['train_dataloader.dataset.fold=0', 'train_dataloader.dataset.folds=5'],
        ["model.tta={'type': 'EmbeddingTTA'}"],
        ['data_root=data/synthetic'],  # as it is
    ],
)
def test_new_arguments_and_settings_of_the_runner_are_taken(options):
    cfg = read(V1, *options)
    for key, value in parse_options(options).items():
        assert _at(cfg, key) == value


def _at(held, key):
    for part in key.split('.'):
        held = held[part]
    return held


@pytest.mark.parametrize(
    ('path', 'option', 'message'),
    [
        (V3, 'data_rot=x', r'--cfg-options data_rot: .*v3_resnet10t_gem\.py has no such setting; data_root perhaps'),
        (V3, 'randomnes.seed=1', 'randomnes: .* randomness perhaps'),
        (V3, 'zzz=1', r'zzz: .* has no such setting$'),
        (V1, 'crop.scale=64', r'crop: nothing in .* is made from it$'),
        (V3, 'sampler.seed=1', r'sampler: .* has no such setting'),
        (V3, 'optim_wrapper.optimzer.lr=1', 'optim_wrapper has no optimzer; optimizer perhaps'),
        (V3, 'default_hooks.chekpoint.interval=1', 'default_hooks has no chekpoint; checkpoint perhaps'),
        (V3, 'train_dataloader.bach_size=1', 'train_dataloader has no bach_size; batch_size perhaps'),
        (
            V3,
            'train_pipeline.0.size=1',
            r'train_pipeline\.0 has no type and is no step; its steps are load, crop, rotate',
        ),
        (V3, 'train_pipeline.cropp.scale=1', r'train_pipeline\.cropp has no type and is no step; crop perhaps\?'),
        (V3, 'val_dataloader.dataset.pipeline.masks.background=keep', r'pipeline has no masks; mask perhaps\?'),
        (
            V3,
            'val_evaluator.stages.0.k=1',
            r'val_evaluator\.stages\.0 has no type and is no step; its steps are cosine',
        ),
        (V3, 'model.neck.x.p=1', r'model\.neck\.x has no type and is no step; its steps are pool, norm'),
        (V3, 'param_scheduler.2.end=1', r'param_scheduler is a list; its steps are 0 to 0'),
        (NYALA, 'model.tta.flip=True', r'model\.tta is None and has no settings; give it as a whole'),
        (V3, 'data_root.x=1', r"data_root is 'data/\S+' and has no settings"),
    ],
)
def test_what_would_act_on_nothing_is_refused(path, option, message):
    with pytest.raises(ConfigError, match=message):
        read(path, option)


@pytest.mark.parametrize('name', ['train', 'test', 'embed', 'folds', 'browse', 'check-data'])
def test_every_tool_refuses_it_in_a_sentence(name, tmp_path):
    checkpoint = ['none'] if name in ('test', 'embed') else []
    out = ['--out', tmp_path / 'x.safetensors'] if name == 'embed' else []
    done = tool(name, CONFIG, *checkpoint, *out, '--cfg-options', 'data_rot=x', check=False)
    assert done.returncode == 2
    assert done.stderr.strip().endswith('data_root perhaps?')
    assert 'Traceback' not in done.stderr


def test_options_win_over_flags():
    def flags(cfg):
        cfg.resume = True
        cfg.load_from = 'a.pth'

    cfg = read_config(V1, {'load_from': 'b.pth'}, flags)
    assert (cfg.resume, cfg.load_from) == (True, 'b.pth')
