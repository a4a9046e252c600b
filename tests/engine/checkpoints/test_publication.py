import json

import pytest
import safetensors.torch
import torch
from mmengine.config import Config
from mmengine.logging import HistoryBuffer
from safetensors import safe_open

from jaguar_mm.configs.read import read_config
from jaguar_mm.encoders.published import write_publication
from jaguar_mm.engine.checkpoints.file import CheckpointError, read_checkpoint
from jaguar_mm.engine.checkpoints.publication import describe
from jaguar_mm.engine.checkpoints.recorded_config import parse_config
from jaguar_mm.reports.model_card import model_card
from tests.cli.running import CONFIG, ROOT

CONFIGS = sorted(str(path.relative_to(ROOT)) for path in (ROOT / 'configs').rglob('*.py') if '_base_' not in str(path))
HEADER = {
    'format_version': 1,
    'cfg': "a = 'é'\n",
    'epoch': 3,
    'dataset_meta': {'classes': ('Abril', 'Lua')},
    'training_set': {'images': 5, 'identities': 2},
}


def checkpoint_of(config=CONFIG, hub=None, **meta):
    known = dict(cfg=read_config(ROOT / config).pretty_text, dataset_meta=dict(classes=('Abril', 'Lua')), seed=0)
    known |= dict(embedding_width=384)
    checkpoint = dict(meta=known | meta, state_dict={'backbone.w': torch.ones(1), 'head.weight': torch.ones(2, 3)})
    return checkpoint if hub is None else checkpoint | dict(message_hub=hub)


def described(tmp_path, checkpoint):
    path = tmp_path / 'epoch_3.pth'
    path.write_bytes(b'abc')
    return describe(checkpoint, path)


def with_settings(**settings):
    """Return a checkpoint of the CPU-size v3 with some settings replaced."""
    cfg = read_config(ROOT / CONFIG)
    cfg.merge_from_dict(settings)
    return checkpoint_of(cfg=cfg.pretty_text)


@pytest.mark.parametrize('config', CONFIGS)
def test_a_config_is_read_as_mmengine_runs_it(config):
    cfg = read_config(ROOT / config)
    assert parse_config(cfg.pretty_text) == cfg.to_dict()


def test_odd_keys_and_values_are_read_too():
    odd = dict(a={'no name': dict(b=-1.5e-3), 'x-y': (1,)}, c=[(), [], {}, None, True, 'é\n"\''])
    text = Config(odd, format_python_code=False).pretty_text
    assert parse_config(text) == odd


@pytest.mark.parametrize(
    'text',
    [
        "a = open('MARK', 'w')",
        "a = dict(b=open('MARK', 'w'))",
        "a = dict(open('MARK', 'w'), b=1)",
        "open('MARK', 'w')",
        "a = [open('MARK', 'w') for _ in (1,)]",
        "a = (lambda: open('MARK', 'w'))()",
        "import os; a = os.mkdir('MARK')",
        "a, b = 1, open('MARK', 'w')",
        "a.b = open('MARK', 'w')",
        "a = f\"{open('MARK', 'w')}\"",
        "a = dict(**open('MARK', 'w'))",
        'a = ',
        'a = ' + '(' * 5000,
        'a = \0',
    ],
)
def test_a_config_that_would_have_to_run_is_refused(text, tmp_path):
    mark = tmp_path / 'mark'
    with pytest.raises(ValueError, match=r'epoch_3\.pth: its config'):
        described(tmp_path, checkpoint_of(cfg=text.replace('MARK', str(mark))))
    assert not mark.exists()


def test_background_and_preprocessing_are_read_from_the_pipelines(tmp_path):
    header = described(tmp_path, checkpoint_of())
    mask = dict(kinds=('solid', 'noise', 'other'), missing_alpha='raise')
    assert header['background'] == dict(
        training=[dict(background='random', **mask)], testing=[dict(background='mean', **mask)]
    )
    steps = [step['type'] for step in header['preprocessing']['steps']]
    assert steps == ['LoadRGBA', 'CropToMask', 'Resize', 'AlphaMask', 'PackInputs']
    assert header['preprocessing']['input_size'] == (120, 80)
    assert header['preprocessing']['mean'] == pytest.approx([123.675, 116.28, 103.53])
    assert header['preprocessing']['std'] == pytest.approx([58.395, 57.12, 57.375])
    assert (header['network'], header['embedding_width']) == ('resnet10t', 384)


def test_a_recipe_that_a_hook_switches_to_counts_as_training(tmp_path):
    header = described(tmp_path, checkpoint_of('configs/synthetic/encoder_resnet10t.py'))
    assert [mask['background'] for mask in header['background']['training']] == ['mean', 'random']


def test_a_mask_without_arguments_has_its_defaults_and_scopes_and_wrappers_are_looked_through(tmp_path):
    inner = dict(type='X', pipeline=[dict(type='RandomApply', transforms=[dict(type='jaguar_mm.AlphaMask')])])
    cfg = read_config(ROOT / CONFIG)
    cfg.test_dataloader = dict(dataset=dict(type='Repeat', dataset=inner))
    header = described(tmp_path, checkpoint_of(cfg=cfg.pretty_text))
    assert [mask['background'] for mask in header['background']['testing']] == ['random']


@pytest.mark.parametrize(
    ('steps', 'size'),
    [
        ([dict(type='Resize', scale=224)], [224, 224]),
        ([dict(type='CenterCrop', crop_size=64), dict(type='mmcv.Resize', scale=(20, 10))], (20, 10)),
        ([dict(type='Resize', scale=(20, 10), keep_ratio=True)], None),
        ([dict(type='Resize', scale=(20, 10)), dict(type='CenterCrop', crop_size=8)], None),
        ([dict(type='LoadRGBA'), dict(type='AlphaMask')], None),
        ([], None),
    ],
)
def test_the_input_size_is_said_only_where_it_is_certain(steps, size, tmp_path):
    header = described(tmp_path, with_settings(**{'test_dataloader.dataset.pipeline': steps}))
    assert header['preprocessing']['input_size'] == size
    assert ('pixels (width x' in model_card('a.safetensors', header)) == (size is not None)


def test_the_config_s_own_normalisation_wins(tmp_path):
    own = dict(mean=[1.0, 2.0, 3.0], std=[4.0, 5.0, 6.0])
    header = described(tmp_path, with_settings(**{'model.data_preprocessor': own}))
    assert header['preprocessing']['mean'] == own['mean']
    assert header['preprocessing']['std'] == own['std']


@pytest.mark.parametrize(
    ('epoch', 'iteration', 'same'), [(4, 40, True), (4, 43, False), (5, 50, False), (None, None, False)]
)
def test_scores_are_those_of_the_last_validation_and_may_be_of_other_weights(epoch, iteration, same, tmp_path):
    histories = {'val/reid/mAP_ib': HistoryBuffer([0.25, 0.5], [1, 1]), 'train/loss': HistoryBuffer([3.0], [1])}
    histories['val/time'] = HistoryBuffer([9.0], [1])
    info = dict(last_validation=4, best_score=0.75, best_ckpt='/gone/best_reid_mAP_ib_epoch_2.pth')
    hub = dict(runtime_info=info, log_scalars=histories)
    header = described(tmp_path, checkpoint_of(hub=hub, epoch=epoch, iter=iteration, steps_per_epoch=10))
    assert header['scores'] == dict(
        last={'reid/mAP_ib': 0.5},
        of_these_weights=same,
        best=dict(metric='reid/plain/mAP_ib', value=0.75, checkpoint='best_reid_mAP_ib_epoch_2.pth'),
    )
    card = model_card('a.safetensors', header)
    assert ('**perhaps of other weights than these**' in card) is not same
    assert '| `reid/mAP_ib` | 0.5000 | mean average precision, every individual counting alike |' in card
    assert '/work' not in card


def test_a_checkpoint_that_was_never_validated_has_no_scores(tmp_path):
    header = described(tmp_path, checkpoint_of(epoch=1, iter=5, steps_per_epoch=5))
    assert header['scores'] == dict(last={}, of_these_weights=False)
    assert 'No validation is on record.' in model_card('a.safetensors', header)


@pytest.mark.parametrize(
    ('damage', 'message'),
    [
        (lambda c: c.pop('meta'), 'does not say its config'),
        (lambda c: c['meta'].pop('cfg'), 'does not say its config'),
        (lambda c: c['meta']['dataset_meta'].pop('classes'), 'does not say its config'),
        (lambda c: c.pop('state_dict'), 'does not say its config'),
        (lambda c: c['state_dict'].pop('backbone.w'), "no weight whose name begins with 'backbone.'"),
        (lambda c: c['meta'].update(format_version=1), 'is published already'),
        (lambda c: c['meta'].update(cfg='a = 1'), 'train_dataloader'),
        (lambda c: c['meta'].update(cfg=c['meta']['cfg'].replace("'resnet10t'", "'resnet10tt'")), 'resnet10tt'),
        (lambda c: c['state_dict'].update(bad=torch.tensor([0.0, float('nan')])), 'bad has NaN or Inf'),
        (lambda c: c['state_dict'].update(bad=torch.tensor(float('-inf')).bfloat16()), 'bad has NaN or Inf'),
        (lambda c: c['state_dict'].update(bad=[1.0]), 'bad is a list, not a tensor'),
    ],
)
def test_what_cannot_be_used_is_not_published(damage, message, tmp_path):
    checkpoint = checkpoint_of()
    damage(checkpoint)
    with pytest.raises(ValueError, match=rf'epoch_3\.pth: .*{message}'):
        described(tmp_path, checkpoint)


def odd_weights():
    base = torch.arange(12.0).reshape(3, 4)
    return {
        'tied': base,
        'tied again': base,
        'view': base[:, 1:3],
        'transposed': base.T,
        'expanded': torch.tensor([[1.5]]).expand(2, 3),
        'parameter': torch.nn.Parameter(torch.ones(2)),
        'count': torch.tensor(7),
        'empty': torch.zeros(0, 3),
        'half': torch.tensor([-0.0, 1e-5]).bfloat16(),
        'flags': torch.tensor([True, False]),
    }


def test_a_published_file_gives_back_weights_and_meta(tmp_path):
    path = tmp_path / 'a.safetensors'
    write_publication(path, HEADER, odd_weights())
    read = read_checkpoint(path)
    assert read['meta'] == HEADER
    assert isinstance(read['meta']['dataset_meta']['classes'], tuple)
    assert read['state_dict'].keys() == odd_weights().keys()
    for name, weight in odd_weights().items():
        assert read['state_dict'][name].dtype == weight.dtype
        assert torch.equal(read['state_dict'][name], weight)
    assert [entry.name for entry in tmp_path.iterdir()] == ['a.safetensors']


def test_others_can_read_the_header(tmp_path):
    write_publication(tmp_path / 'a.safetensors', HEADER, odd_weights())
    with safe_open(tmp_path / 'a.safetensors', 'pt') as file:
        texts = file.metadata()
    assert texts['cfg'] == HEADER['cfg']
    assert json.loads(texts['dataset_meta']) == {'classes': ['Abril', 'Lua']}


def test_every_damaged_byte_and_every_cut_is_noticed(tmp_path, fuzz_cases):
    path = tmp_path / 'a.safetensors'
    write_publication(path, HEADER, odd_weights())
    good = path.read_bytes()
    for place in range(len(good)):
        damaged = bytearray(good)
        damaged[place] ^= 1 << place % 8
        for content in (bytes(damaged), good[:place]):
            path.write_bytes(content)
            with pytest.raises(CheckpointError, match=r'a\.safetensors'):
                read_checkpoint(path)
    fuzz_cases(2 * len(good))


def test_a_later_version_is_refused(tmp_path):
    write_publication(tmp_path / 'a.safetensors', HEADER | {'format_version': 99}, odd_weights())
    with pytest.raises(CheckpointError, match='update jaguar_mm'):
        read_checkpoint(tmp_path / 'a.safetensors')


def test_a_header_that_is_no_json_names_the_key(tmp_path):
    with pytest.raises(ValueError, match=r'meta\.palette'):
        write_publication(tmp_path / 'a.safetensors', HEADER | {'palette': torch.ones(2)}, {})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('texts', [None, {'format': 'pt', 'author': 'x'}])
def test_weights_of_other_programs_are_read_as_before(texts, tmp_path):
    path = tmp_path / 'a.safetensors'
    safetensors.torch.save_file({'w': torch.ones(2)}, path, metadata=texts)
    read = read_checkpoint(path)
    assert read['meta'] == (texts or {})
    assert torch.equal(read['state_dict']['w'], torch.ones(2))


def test_the_card_shows_names_letter_by_letter_and_quotes_the_file(tmp_path):
    classes = ('Lua', '<b>x</b>', 'a`b', 'two\nlines', '*é*')
    header = described(tmp_path, checkpoint_of(dataset_meta=dict(classes=classes)))
    card = model_card('my model.safetensors', header)
    assert "- Classes: `Lua`, `<b>x</b>`, `a'b`, `two lines`, `*é*`.\n" in card
    assert "'my model.safetensors'" in card
    assert 'How many images, and which ones, is not on record.' in card


def test_the_card_says_what_images_it_expects(tmp_path):
    keep = model_card('a.safetensors', described(tmp_path, checkpoint_of('configs/nyala/mobilenetv2_flanks.py')))
    assert '`keep`: the background stays as it is; no alpha channel is needed.\n' in keep
    assert 'is refused' not in keep
    masked = model_card('a.safetensors', described(tmp_path, checkpoint_of()))
    assert 'an image without an alpha channel that outlines the animal is refused' in masked
    none = with_settings(**{'test_dataloader.dataset.pipeline': [dict(type='LoadRGBA')]})
    assert 'the config has no `AlphaMask` step' in model_card('a.safetensors', described(tmp_path, none))
