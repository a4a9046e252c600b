"""Config files are read as MMEngine reads them, and in any folder."""

import shutil
from pathlib import Path

import mmpretrain
import pytest
from mmengine.config import Config

from jaguar_mm.configs import ConfigError
from jaguar_mm.configs.read import read_config
from tests.cli.running import ROOT, tool

STOCK = sorted((Path(mmpretrain.__file__).parent / '.mim/configs').rglob('*_8xb*.py'))[::12]
CONFIGS = sorted(str(path.relative_to(ROOT)) for path in (ROOT / 'configs').rglob('*.py') if '_base_' not in path.parts)
ODD = [
    "O'Higgins",
    'two "quotes"',
    'back\\slash\\1\\g<0>\\n',
    '{braces}',
    '{{ fileDirname }}',
    '{{_base_.x}}',
    '{{ $HOME:x }}',
    '100 % (new)',
    'mit Leerzeichen ',
    'Yaguareté 豹',
    "a'''b",
    '#',
]
PLACES = """
folder = '{{ fileDirname }}/weights'
name = '{{fileBasename}} {{ fileBasenameNoExtension }} {{fileExtname }}'
model = dict(path=['{{ fileDirname }}'], root={{ fileDirname }})
"""


def written(folder: Path, **files: str) -> Path:
    """Write config files; returns the last."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f'{name}.py').write_text(text, encoding='utf-8')
    return folder / f'{name}.py'


@pytest.mark.parametrize('name', CONFIGS)
def test_mmengine_reads_what_a_run_writes_down_of_every_config(name, tmp_path):
    ours = read_config(ROOT / name)
    ours.dump(tmp_path / 'written.py')
    theirs = Config.fromfile(tmp_path / 'written.py', import_custom_modules=False)
    assert ours.to_dict() == theirs.to_dict() == read_config(tmp_path / 'written.py').to_dict()
    assert ours.filename == str(ROOT / name)


@pytest.mark.parametrize('path', STOCK, ids=lambda path: path.stem)
def test_mmpretrain_s_own_configs_are_what_mmengine_makes_of_them(path):
    ours, theirs = read_config(path), Config.fromfile(path)
    assert ours.to_dict() == theirs.to_dict()
    assert ours.pretty_text == theirs.pretty_text


@pytest.mark.parametrize('odd', ODD)
def test_a_placeholder_stands_for_any_path(tmp_path, odd):
    path = written(tmp_path / odd, **{'a b': PLACES})
    cfg = read_config(path)
    assert cfg.folder == f'{tmp_path}/{odd}/weights'
    assert cfg.name == 'a b.py a b .py'
    assert cfg.model == dict(path=[f'{tmp_path}/{odd}'], root=f'{tmp_path}/{odd}')


@pytest.mark.parametrize('odd', ODD)
def test_a_config_inherits_in_any_folder(tmp_path, odd):
    path = written(
        tmp_path / odd,
        base="x = (1, 2)\nmodel = dict(a=dict(type='A', b=1), path='{{ fileDirname }}')",
        leaf="_base_ = ['base.py']\nmodel = dict(a=dict(c={{_base_.x}}))\ny = _base_.model.path",
    )
    cfg = read_config(path)
    assert cfg.model == dict(a=dict(type='A', b=1, c=(1, 2)), path=f'{tmp_path}/{odd}')
    assert cfg.y == f'{tmp_path}/{odd}'


@pytest.mark.parametrize('odd', ["O'Higgins {{ fileDirname }}", 'a\\1 "b" % é'])
def test_the_project_s_configs_work_below_any_folder(tmp_path, odd, competition):
    shutil.copytree(ROOT / 'configs', tmp_path / odd / 'configs')
    config = tmp_path / odd / 'configs' / 'synthetic' / 'v1_resnet10t_arcface.py'
    work, options = tmp_path / odd / 'work', ['test_dataloader.num_workers=0']
    tool('test', config, 'none', '--work-dir', work, '--cfg-options', f'data_root={competition}', *options)
    assert (work / 'reports' / 'test' / 'scores.csv').exists()
    assert odd in read_config(config).model.backbone.checkpoint_path


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ("x = '{{$JAGUAR_X:/default}}/a'", '/default/a'),
        ("x = '{{ $JAGUAR_SET:no }}'", "it's \\1"),
        ("x = {{'$JAGUAR_X:80'}}", 80),
        ("x = {{'$JAGUAR_X:abc'}}", 'abc'),
        ('x = {1}', {1}),
        ('x = {{1, 2}.pop()}', {1}),
        (
            "def f():\n    return 3\nimport os\nx = [f() for _ in range(2)]\nif True:\n    x = os.path.join('a', 'b')",
            'a/b',
        ),
    ],
)
def test_python_and_the_environment(tmp_path, monkeypatch, text, expected):
    monkeypatch.setenv('JAGUAR_SET', "it's \\1")
    cfg = read_config(written(tmp_path, a=text))
    assert cfg.x == expected
    assert set(cfg.keys()) == {'x'}


def test_bases_from_another_package_and_of_another_format(tmp_path):
    (tmp_path / 'b.json').write_text('{"log_level": "DEBUG"}')
    cfg = read_config(written(tmp_path, a="_base_ = ['mmpretrain::_base_/models/resnet18.py', 'b.json']\nz = 1"))
    assert (cfg.model.backbone.depth, cfg.log_level, cfg.z) == (18, 'DEBUG', 1)


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('x = (', r"a\.py, line 1: '\(' was never closed"),
        ('x = 1\ny = z + 1', r"a\.py, line 2: NameError: name 'z'"),
        ("x = '{{_base_.y}}/z'", r"a\.py, line 1: within a text write f'\{_base_\.name\}'"),
        ("x = '{{$JAGUAR_X:}}'", r'a\.py: set the environment variable JAGUAR_X'),
        ("_base_ = 'a.py'", r'a\.py: inherits from itself'),
        ("_base_ = 'gone.py'", r'gone\.py: no such config; .*a\.py inherits from it'),
        ("_base_ = 'list.py'\nlog_processor = dict(y=1)", r'a\.py: log_processor=.* cannot inherit'),
        ("custom_imports = dict(imports=['no_such_module'])", r'a\.py: custom_imports: .*PYTHONPATH'),
        ('x = "\0"', r'a\.py, line'),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(tmp_path, text, message):
    with pytest.raises((ConfigError, FileNotFoundError), match=message):
        read_config(written(tmp_path, list='log_processor = [1]', a=text))
