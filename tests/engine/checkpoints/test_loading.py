"""A checkpoint from a stranger, whoever reads it, runs nothing; what it would run leaves a file."""

import io
import json
import os
import pickle
import subprocess
import sys
import tarfile
import zipfile

import pytest
import timm
import torch
from mmengine.logging import HistoryBuffer, history_buffer
from mmengine.model import BaseModule
from mmengine.runner import CheckpointLoader, load_checkpoint

from jaguar_mm.engine.checkpoints.file import (
    CheckpointError,
    Progress,
    read_checkpoint,
    read_progress,
    write_checkpoint,
)
from jaguar_mm.engine.checkpoints.folder import newest_whole_checkpoint
from jaguar_mm.engine.checkpoints.loading import install_safe_loading
from jaguar_mm.networks.timm_network import create_network
from tests.cli.running import CONFIG, ROOT, tool
from tests.damage import Payload
from tests.engine.checkpoints.test_file import sample

RESNET = 'resnet10t'


@pytest.fixture(autouse=True, scope='module')
def safe_loading():
    install_safe_loading()


def test_building_a_model_changes_nothing_of_the_stack():
    program = """
import mmengine.runner.checkpoint as stock
before = dict(stock.CheckpointLoader._schemes), stock.get_torch_safe_globals
from mmengine.registry import init_default_scope
from jaguar_mm.registry import MODELS
init_default_scope('jaguar_mm')
MODELS.build(dict(type='GeM'))
assert before == (dict(stock.CheckpointLoader._schemes), stock.get_torch_safe_globals)
from jaguar_mm.engine import install_safe_loading
install_safe_loading()
assert before != (dict(stock.CheckpointLoader._schemes), stock.get_torch_safe_globals)
"""
    subprocess.run([sys.executable, '-c', program], check=True, cwd=ROOT)


class Command:
    """Runs a command when it is unpickled."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, (f'touch {self.marker}',)


def zipped(path, marker):
    torch.save({'state_dict': {'weight': torch.ones(1), 'x': Payload(marker)}}, path)


def zipped_command(path, marker):
    torch.save({'state_dict': {}, 'meta': Command(marker)}, path)


def signed_by_us(path, marker):
    """Our own form, made by someone who knows how to compute the checksum."""
    payload = torch.ones(1)
    payload.__class__ = type('Evil', (torch.Tensor,), {'__reduce_ex__': lambda self, _: Payload(marker).__reduce__()})
    weights = torch.nn.Module().state_dict()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr('jaguar_mm.engine.checkpoints.file.to_plain', lambda value, place: value)
        write_checkpoint(path, dict(meta=dict(iter=9, epoch=9), state_dict=weights, x=payload))


def old_torch(path, marker):
    torch.save({'state_dict': Payload(marker)}, path, _use_new_zipfile_serialization=False)


def older_torch(path, marker):
    """The .tar files of torch 0.1."""
    with tarfile.open(path, 'w') as archive:
        for name in ('sys_info', 'pickle', 'storages', 'tensors'):
            content = pickle.dumps(Payload(marker))
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def plain_pickle(path, marker):
    path.write_bytes(pickle.dumps({'state_dict': Payload(marker)}, protocol=4))


def old_pickle(path, marker):
    path.write_bytes(pickle.dumps({'state_dict': Payload(marker)}, protocol=0))


def through_getattr(path, marker):
    """By ``getattr``, which MMEngine allows, from a history's method to its module's variables, and write there."""
    torch.save({}, path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}

    def text(value):
        return b'X' + len(value).to_bytes(4, 'little') + value.encode()

    get, history = b'c__builtin__\ngetattr\n', b'cmmengine.logging.history_buffer\nHistoryBuffer\n'
    method = get + history + text('__init__') + b'\x86R'
    variables = get + method + text('__globals__') + b'\x86R'
    code = b'\x80\x02' + variables + text('written_by') + text('a checkpoint') + b's.'
    with zipfile.ZipFile(path, 'w') as archive:
        for name, content in members.items():
            archive.writestr(name, code if name.endswith('data.pkl') else content)


FORMS = [
    zipped,
    zipped_command,
    signed_by_us,
    old_torch,
    older_torch,
    plain_pickle,
    old_pickle,
    through_getattr,
]


@pytest.fixture(params=FORMS, ids=lambda form: form.__name__)
def evil(request, tmp_path):
    """A checkpoint that leaves a marker if it runs; at the end there must be none."""
    path, marker = tmp_path / 'epoch_9.pth', tmp_path / 'marker'
    request.param(path, marker)
    yield path
    assert not marker.exists()
    assert not hasattr(history_buffer, 'written_by')


@pytest.mark.filterwarnings('ignore:Detected pickle protocol')
class TestNothingRuns:
    def test_read_checkpoint(self, evil):
        with pytest.raises(CheckpointError, match=r'epoch_9\.pth: no checkpoint.*; use another'):
            read_checkpoint(evil)

    def test_newest_whole_checkpoint(self, evil, monkeypatch):
        warned = []
        monkeypatch.setattr('jaguar_mm.engine.checkpoints.folder.print_log', lambda text, **_: warned.append(text))
        if newest_whole_checkpoint(evil.parent) is None:
            assert 'epoch_9.pth' in warned[0]
        else:  # nothing is wrong with its checksum
            assert read_progress(evil) == Progress(9, 9)

    def test_loaders_of_mmengine(self, evil):
        for load in (
            lambda: load_checkpoint(torch.nn.Linear(1, 1), str(evil)),
            lambda: CheckpointLoader.load_checkpoint(str(evil), 'cpu'),
        ):
            with pytest.raises(CheckpointError, match=r'epoch_9\.pth: no checkpoint'):
                load()

    @pytest.mark.parametrize('prefix', [{}, {'prefix': 'backbone'}])
    def test_init_cfg_of_a_model(self, evil, prefix):
        model = BaseModule(init_cfg=dict(type='Pretrained', checkpoint=str(evil), **prefix))
        with pytest.raises(CheckpointError, match=r'epoch_9\.pth: no checkpoint'):
            model.init_weights()

    def test_the_model_zoo(self, evil, monkeypatch):
        """A name in the zoo can stand for a local file, which MMEngine reads by another loader."""
        (evil.parent / 'open_mmlab.json').write_text(json.dumps({'evil': evil.name}))
        monkeypatch.setenv('MMENGINE_HOME', str(evil.parent))
        with pytest.raises((pickle.UnpicklingError, RuntimeError, ValueError)):
            CheckpointLoader.load_checkpoint('open-mmlab://evil', 'cpu')

    def test_checkpoint_path_of_a_timm_network(self, evil):
        with pytest.raises(ValueError, match=r'epoch_9\.pth. cannot be read as weights'):
            create_network(RESNET, checkpoint_path=str(evil))

    def test_checkpoint_path_of_timm_itself(self, evil):
        with pytest.raises((pickle.UnpicklingError, RuntimeError)):
            timm.create_model(RESNET, checkpoint_path=str(evil))

    def test_torch_told_to_trust_it(self, evil):
        with pytest.raises((pickle.UnpicklingError, RuntimeError)):
            torch.load(evil, weights_only=False)


def test_what_others_have_allowed_torch_is_not_allowed_us(tmp_path):
    through_getattr(tmp_path / 'a.pth', None)
    allowed = [getattr, HistoryBuffer, slice]
    with torch.serialization.safe_globals(allowed):
        with pytest.raises(CheckpointError, match=r"asks for the attribute '__init__'"):
            read_checkpoint(tmp_path / 'a.pth')
        assert set(torch.serialization.get_safe_globals()) >= set(allowed)
    assert not hasattr(history_buffer, 'written_by')


@pytest.mark.parametrize('form', [zipped, plain_pickle])
def test_a_pickle_named_safetensors(tmp_path, form):
    path, marker = tmp_path / 'a.safetensors', tmp_path / 'marker'
    form(path, marker)
    with pytest.raises(CheckpointError, match=r'a\.safetensors: no checkpoint that can be trusted'):
        load_checkpoint(torch.nn.Linear(1, 1), str(path))
    with pytest.raises(ValueError, match=r'a\.safetensors. cannot be read as weights'):
        create_network(RESNET, checkpoint_path=str(path))
    assert not marker.exists()


def test_honest_files_still_load(tmp_path):
    model = torch.nn.Linear(3, 4)
    content = sample(state_dict=model.state_dict())
    write_checkpoint(tmp_path / 'a.pth', content)
    other = torch.nn.Linear(3, 4)
    back = load_checkpoint(other, str(tmp_path / 'a.pth'))
    assert torch.equal(other.weight, model.weight)
    assert isinstance(back['message_hub']['log_scalars']['train/loss'], HistoryBuffer)
    with pytest.raises(FileNotFoundError, match=r'no\.pth: no such checkpoint'):
        load_checkpoint(other, str(tmp_path / 'no.pth'))


@pytest.fixture(scope='module')
def roots(competition):
    names = ('train', 'val', 'test')
    return [
        '--cfg-options',
        *(f'{name}_dataloader.dataset.data_root={competition}' for name in names),
        *(f'{name}_dataloader.num_workers=0' for name in names),
        'train_dataloader.batch_size=4',
    ]


COMMANDS = {
    'test': lambda path, out: [CONFIG, path, '--work-dir', out],
    'embed': lambda path, out: [CONFIG, path, '--out', out / 'a.safetensors'],
    'train': lambda path, out: [CONFIG, '--work-dir', out, '--resume', path],
}


@pytest.mark.parametrize('name', COMMANDS)
def test_tools_refuse_it(tmp_path, roots, name):
    path, marker = tmp_path / 'epoch_9.pth', tmp_path / 'marker'
    zipped(path, marker)
    done = tool(name, *COMMANDS[name](path, tmp_path), *roots, check=False)
    assert done.returncode != 0
    assert f'{path}: no checkpoint that can be trusted' in done.stderr
    assert 'Unsupported global' in done.stderr
    assert not marker.exists()
    assert not (tmp_path / 'a.safetensors').exists()


STOCK = """
import os, sys, torch
from mmengine.logging import history_buffer
from mmengine.runner import load_checkpoint
for path in sys.argv[1:]:
    os.environ['TORCH_FORCE_WEIGHTS_ONLY_LOAD'] = str(int('getattr' in path))
    try:
        load_checkpoint(torch.nn.Linear(1, 1), path)
    except Exception:
        pass
assert 'jaguar_mm' not in sys.modules
print('written by', getattr(history_buffer, 'written_by', 'nobody'))
"""


def test_the_stock_stack_runs_it(tmp_path):
    """MMEngine as it comes runs the same files; by ``getattr`` even if torch is told to read weights only."""
    forms = [zipped, zipped_command, signed_by_us, old_torch, plain_pickle, through_getattr]
    for form in forms:
        form(tmp_path / f'{form.__name__}.pth', tmp_path / f'{form.__name__}.marker')
    command = [sys.executable, '-c', STOCK, *map(str, tmp_path.glob('*.pth'))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert {path.stem for path in tmp_path.glob('*.marker')} == {form.__name__ for form in forms[:-1]}
    assert 'written by a checkpoint' in done.stdout


def test_a_user_who_asked_torch_to_trust_files_can_still_read_ours(tmp_path, monkeypatch):
    write_checkpoint(tmp_path / 'a.pth', sample())
    monkeypatch.setenv('TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD', '1')
    install_safe_loading()
    assert CheckpointLoader.load_checkpoint(str(tmp_path / 'a.pth'))['meta']['iter'] == 12
