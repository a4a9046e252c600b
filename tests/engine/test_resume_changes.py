"""A resumed training that is asked to change: refused, named, or taken."""

import argparse
import json
import shutil
import time
from pathlib import Path

import pytest
import torch

from jaguar_mm.engine.checkpoints.file import CheckpointError, read_checkpoint, write_checkpoint
from jaguar_mm.engine.checkpoints.recorded_config import parse_config
from jaguar_mm.engine.launch import build_runner, load_config
from tests.cli.running import ROOT
from tests.engine.training import CONFIG, assert_same

ENCODER = ROOT / 'configs' / 'synthetic' / 'resnet10t.safetensors'
SCHEDULE = [dict(type='CosineAnnealingLR', T_max=3, end=3, by_epoch=True, convert_to_iter_based=True)]


@pytest.fixture(autouse=True, scope='module')
def faults_at_hand():
    """The config imports the hooks that do harm."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(CONFIG.parent)
        yield


def train(data, work, *, resume=None, until=3, **changes):
    """Train; resume from a checkpoint if one is given. Returns what the log says."""
    flags = dict(
        config=str(CONFIG), work_dir=str(work), cfg_options=None, launcher='none', local_rank=0, no_pin_memory=True
    )
    cfg = load_config(argparse.Namespace(**flags))
    cfg.experiment_name = f'{Path(work).name}_{time.time_ns()}'  # MMEngine's logs of one second would be one
    cfg.resume, cfg.load_from = resume is not None, resume and str(resume)
    settings = {f'{name}_dataloader.dataset.data_root': str(data) for name in ('train', 'val')}
    settings |= {f'{name}_dataloader.num_workers': 0 for name in ('train', 'val')}
    cfg.merge_from_dict(settings | {'train_cfg.max_epochs': until, 'param_scheduler': SCHEDULE} | changes)
    build_runner(cfg).train()
    return ''.join(path.read_text() for path in Path(work).glob('*/*.log'))


@pytest.fixture(scope='module')
def data(competition, tmp_path_factory):
    copy = tmp_path_factory.mktemp('changes') / 'data'
    shutil.copytree(competition, copy)
    return copy


@pytest.fixture(scope='module')
def begun(data, tmp_path_factory):
    """The checkpoint of a training's first epoch."""
    work = tmp_path_factory.mktemp('begun')
    train(data, work, until=1)
    return work / 'epoch_1.pth'


@pytest.fixture(scope='module')
def whole(data, tmp_path_factory):
    """Work dir of a training that nothing has interrupted."""
    work = tmp_path_factory.mktemp('whole')
    train(data, work)
    return work


def edited(data, folder, edit):
    """Copy the data with a change of the text of train.csv."""
    copy = folder / 'data'
    shutil.copytree(data, copy, ignore=shutil.ignore_patterns('cache'))
    table = copy / 'train.csv'
    table.write_text(edit(table.read_text()))
    return copy


def names(data):
    return sorted({line.split(',')[1] for line in (data / 'train.csv').read_text().split('\n')[1:] if line})


def test_a_renamed_identity_is_refused(data, begun, tmp_path):
    first = names(data)[0]
    renamed = edited(data, tmp_path, lambda text: text.replace(f',{first}\n', ',Zoe\n'))
    with pytest.raises(CheckpointError) as caught:
        train(renamed, tmp_path / 'work', resume=begun)
    assert f"{begun}: learnt 3 classes, and the training set now lacks '{first}' and adds 'Zoe'" in str(caught.value)
    assert f'--cfg-options load_from={begun} and without --resume' in str(caught.value)
    assert not list((tmp_path / 'work').glob('*.pth'))


def test_the_same_identities_in_another_order_are_refused(data, begun, tmp_path):
    classes = names(data)[::-1]
    words = f"another order: number 0 was '{classes[2]}', now '{classes[0]}'"
    with pytest.raises(CheckpointError, match=words):
        train(data, tmp_path, resume=begun, **{'train_dataloader.dataset.classes': classes})


def test_another_image_of_the_same_name_is_refused(data, begun, tmp_path):
    other = edited(data, tmp_path, lambda text: text)
    train_names = json.loads(begun.with_name('split.json').read_text())['train']
    one, two = (next(other.rglob(name)) for name in train_names[:2])
    shutil.copy(one, two)
    with pytest.raises(CheckpointError, match=r'learnt from .* images, .* some have another content'):
        train(other, tmp_path / 'work', resume=begun)


def test_images_that_are_gone_and_new_are_named(data, begun, tmp_path):
    gone = json.loads(begun.with_name('split.json').read_text())['train'][-1]
    other = edited(data, tmp_path, lambda text: text.replace(f'{gone},', 'zoe.png,'))
    image = next(other.rglob(gone))
    image.rename(image.with_name('zoe.png'))
    words = rf"learnt from \d+ images, .*now lacks '{gone}'.* adds 'zoe.png'"
    with pytest.raises(CheckpointError, match=words):
        train(other, tmp_path / 'work', resume=begun)


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        (
            {'model.head': dict(type='mmpretrain.ArcFaceClsHead', _delete_=True, num_classes=3, in_channels=128)},
            'model.head.type',
        ),
        ({'model.head.losses.norm': dict(type='NormFace')}, r"losses\.norm\.type \(was 'unset', now 'NormFace'\)"),
        ({'model.backbone.channels': (48, 96, 192, 256)}, r'another network: .* in this model'),
        (
            {'model.backbone.model_name': 'resnet14t'},
            r"model\.backbone\.model_name \(was 'resnet10t', now 'resnet14t'\)",
        ),
        ({'optim_wrapper.optimizer': dict(type='SGD', lr=0.1, _delete_=True)}, r'optim_wrapper\.optimizer\.type'),
        ({'param_scheduler': [*SCHEDULE, *SCHEDULE]}, r"param_scheduler\.1\.type \(was 'unset', now 'Cosine"),
        ({'optim_wrapper.paramwise_cfg': dict(bias_lr_mult=2.0)}, r'trained \d+ parameters in \d+ groups'),
        ({'default_hooks.ema': dict(type='EmptyCacheHook', _delete_=True)}, 'with an EMAHook'),
        ({'train_dataloader.batch_size': 5}, r'was trained with 6 steps an epoch, this run has \d'),
    ],
)
def test_another_network_optimiser_or_schedule_is_refused(data, begun, tmp_path, changes, words):
    with pytest.raises(CheckpointError, match=words):
        train(data, tmp_path, resume=begun, **changes)
    assert not list(tmp_path.glob('*.pth'))


def test_what_a_resumed_training_does_not_take_is_named_and_the_record_tells_what_was_used(
    data, begun, whole, tmp_path
):
    changes = {
        'optim_wrapper.optimizer.lr': 0.5,
        'optim_wrapper.optimizer.weight_decay': 0.7,
        'optim_wrapper.optimizer.eps': 0.1,
        'param_scheduler': [dict(SCHEDULE[0], T_max=7, eta_min=0.2)],
        'randomness.seed': 5,
        'model.backbone.checkpoint_path': str(ENCODER),
    }
    log = train(data, tmp_path, resume=begun, **changes)
    (warning,) = [line for line in log.splitlines() if 'does not take' in line]
    before = parse_config(read_checkpoint(begun)['meta']['cfg'])
    used = before['optim_wrapper']['optimizer']
    for words in (
        f'optim_wrapper.optimizer.lr (was {used["lr"]!r}, now 0.5)',
        "optim_wrapper.optimizer.weight_decay (was 'unset', now 0.7)",
        "optim_wrapper.optimizer.eps (was 'unset', now 0.1)",
        'param_scheduler.0.T_max (was 3, now 7)',
        "param_scheduler.0.eta_min (was 'unset', now 0.2)",
        'randomness.seed (was 0, now 5)',
        f"model.backbone.checkpoint_path (was '', now '{ENCODER}')",
    ):
        assert words in warning
    assert 'max_epochs' not in warning
    last = read_checkpoint(tmp_path / 'epoch_3.pth')
    record = parse_config(last['meta']['cfg'])
    for section in ('optim_wrapper', 'param_scheduler', 'randomness', 'model'):
        assert record[section] == before[section]
    assert parse_config((tmp_path / CONFIG.name).read_text())['optim_wrapper'] == before['optim_wrapper']
    assert_same(last, read_checkpoint(whole / 'epoch_3.pth'))  # nothing of it was taken, the order included


def test_a_schedule_that_ends_with_the_training_stays_where_it_ended(data, tmp_path):
    ending = {'param_scheduler': [{key: value for key, value in SCHEDULE[0].items() if key != 'end'}]}
    train(data, tmp_path / 'one', until=1, **ending)
    log = train(data, tmp_path / 'two', resume=tmp_path / 'one' / 'epoch_1.pth', until=2, **ending)
    (warning,) = [line for line in log.splitlines() if 'does not take' in line]
    assert 'param_scheduler.0.end (was 6, now 12)' in warning  # steps
    content = read_checkpoint(tmp_path / 'two' / 'epoch_2.pth')
    assert content['param_schedulers'][0]['end'] == 6
    assert parse_config(content['meta']['cfg'])['param_scheduler'][0]['end'] == 1  # epoch


def test_what_a_resumed_training_takes_is_no_warning(data, begun, tmp_path):
    changes = {
        'model.head.losses.arcface.margin': 0.05,
        'default_hooks.logger.interval': 2,
        'optim_wrapper.clip_grad': dict(max_norm=1),
    }
    log = train(data, tmp_path, resume=begun, until=2, **changes)
    assert 'does not take' not in log
    (told,) = [line for line in log.splitlines() if 'others from here on' in line]
    for words in (
        'model.head.losses.arcface.margin',
        'train_cfg.max_epochs (was 1, now 2)',
        'default_hooks.logger.interval',
    ):
        assert words in told
    record = parse_config(read_checkpoint(tmp_path / 'epoch_2.pth')['meta']['cfg'])
    assert record['model']['head']['losses']['arcface']['margin'] == 0.05
    assert record['train_cfg']['max_epochs'] == 2


def test_a_training_from_before_losses_composed_is_refused_by_name(data, begun, tmp_path):
    content = read_checkpoint(begun)
    content['meta']['cfg'] = content['meta']['cfg'].replace("type='ReIDHead'", "type='ArcFaceHead'")
    write_checkpoint(tmp_path / 'epoch_1.pth', content)
    with pytest.raises(CheckpointError, match=r"model\.head\.type \(was 'ArcFaceHead', now 'ReIDHead'\)"):
        train(data, tmp_path / 'work', resume=tmp_path / 'epoch_1.pth')


def test_the_best_by_another_score_is_found_anew(data, begun, tmp_path):
    content = read_checkpoint(begun)
    content['message_hub']['runtime_info']['best_score'] = 2.0  # none is better
    write_checkpoint(tmp_path / 'epoch_1.pth', content)
    shutil.copy(begun.with_name('split.json'), tmp_path)
    train(data, tmp_path / 'same', resume=tmp_path / 'epoch_1.pth', until=2)
    assert not list((tmp_path / 'same').glob('best_*.pth'))
    by_rank = {'default_hooks.checkpoint.save_best': 'reid/mAP'}
    train(data, tmp_path / 'other', resume=tmp_path / 'epoch_1.pth', until=2, **by_rank)
    assert [path.name for path in (tmp_path / 'other').glob('best_*.pth')] == ['best_reid_mAP_epoch_2.pth']


def test_a_training_starts_from_weights_that_fit_and_from_no_others(data, begun, tmp_path):
    state = read_checkpoint(begun)['state_dict']
    bare = {n.removeprefix('backbone.timm_model.'): w for n, w in state.items() if n.startswith('backbone.')}
    torch.save(bare, tmp_path / 'bare.pth')
    with pytest.raises(CheckpointError, match=r'bare\.pth: .*bare timm weights of resnet10t.*train without load_from'):
        train(data, tmp_path / 'work', until=1, load_from=str(tmp_path / 'bare.pth'))
    assert not list((tmp_path / 'work').glob('*.pth'))
    kept = {name: weight for name, weight in state.items() if not name.startswith('neck.')}
    torch.save(dict(state_dict=kept), tmp_path / 'without_neck.pth')
    log = train(data, tmp_path / 'work', until=1, load_from=str(tmp_path / 'without_neck.pth'))
    assert 'without_neck.pth: gives no weights of this shape for neck.1.layers.0.weight' in log
