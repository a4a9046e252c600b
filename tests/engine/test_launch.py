import argparse
import logging

import pytest
import torch
from mmengine.config import Config

from jaguar_mm.configs.read import read_config
from jaguar_mm.engine import launch
from jaguar_mm.registry import OPTIM_WRAPPERS

CONFIG = """
optim_wrapper = dict(type='AmpOptimWrapper', dtype='bfloat16', loss_scale=1.0, accumulative_counts=4,
                     optimizer=dict(type='AdamW', lr=1e-4))
train_dataloader = dict(batch_size=2)
test_cfg = dict(fp16=True)
"""


@pytest.fixture
def config_file(tmp_path):
    path = tmp_path / 'tiny.py'
    path.write_text(CONFIG)
    return path


def built(optim_wrapper):
    model = torch.nn.Linear(2, 2)
    arguments = {key: value for key, value in optim_wrapper.items() if key != 'optimizer'}
    return OPTIM_WRAPPERS.build(dict(**arguments, optimizer=torch.optim.AdamW(model.parameters(), lr=1e-4)))


def flags(config, **changes):
    defaults = dict(
        config=str(config), work_dir=None, cfg_options=None, launcher='none', local_rank=0, no_pin_memory=False
    )
    return argparse.Namespace(**(defaults | changes))


def test_work_dir_follows_the_flag_then_the_config_then_its_name(config_file):
    assert launch.load_config(flags(config_file)).work_dir.endswith('tiny')
    config_file.write_text(CONFIG + "work_dir = 'mine'\n")
    assert launch.load_config(flags(config_file)).work_dir == 'mine'
    assert launch.load_config(flags(config_file, work_dir='theirs')).work_dir == 'theirs'


def test_dataloader_defaults_do_not_override_the_config(config_file):
    config_file.write_text(CONFIG + "val_dataloader = dict(batch_size=1, pin_memory='as given')\n")
    cfg = launch.load_config(flags(config_file))
    assert cfg.train_dataloader.batch_size == 2
    assert cfg.train_dataloader.collate_fn.type == 'default_collate'
    assert cfg.val_dataloader.pin_memory == 'as given'


def test_a_missing_config_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'nowhere\.py'):
        launch.load_config(flags(tmp_path / 'nowhere.py'))


def test_amp_falls_back_to_float32_with_a_warning_where_the_processor_has_no_bfloat16(config_file, monkeypatch):
    monkeypatch.setattr(launch, 'has_bfloat16', lambda: False)
    said = []
    monkeypatch.setattr(launch, 'print_log', lambda message, logger, level: said.append((level, message)))
    cfg = read_config(config_file)
    launch.fall_back_to_cpu(cfg)
    assert cfg.optim_wrapper.type == 'OptimWrapper'
    assert cfg.optim_wrapper.accumulative_counts == 4
    assert not {'dtype', 'loss_scale'} & set(cfg.optim_wrapper)
    assert cfg.test_cfg.fp16 is False
    assert [level for level, _ in said] == [logging.WARNING] * 2
    assert 'AmpOptimWrapper' in said[0][1]


@pytest.mark.parametrize(
    ('asked', 'given'), [('bfloat16', 'CPUAmpOptimWrapper'), (None, 'CPUAmpOptimWrapper'), ('float16', 'OptimWrapper')]
)
def test_amp_is_in_bfloat16_where_the_processor_has_it(config_file, monkeypatch, asked, given):
    monkeypatch.setattr(launch, 'has_bfloat16', lambda: True)
    cfg = read_config(config_file)
    cfg.optim_wrapper.dtype = asked
    launch.fall_back_to_cpu(cfg)
    assert cfg.optim_wrapper.type == given
    assert cfg.test_cfg.fp16 is True
    wrapper = built(cfg.optim_wrapper)
    with wrapper.optim_context(torch.nn.Linear(2, 2)):
        product = torch.ones(2, 2) @ torch.ones(2, 2)
    assert product.dtype == (torch.bfloat16 if given == 'CPUAmpOptimWrapper' else torch.float32)


def test_a_plain_config_is_left_alone():
    cfg = Config(dict(optim_wrapper=dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=1))))
    before = cfg.to_dict()
    launch.fall_back_to_cpu(cfg)
    assert cfg.to_dict() == before
    assert not torch.distributed.is_initialized()


def test_the_plain_wrapper_takes_what_is_left_of_an_amp_config(config_file, monkeypatch):
    monkeypatch.setattr(launch, 'has_bfloat16', lambda: False)
    cfg = read_config(config_file)
    launch.fall_back_to_cpu(cfg)
    wrapper = built(cfg.optim_wrapper)
    assert type(wrapper).__name__ == 'OptimWrapper'
