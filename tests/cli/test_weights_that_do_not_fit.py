"""Weights that were not loaded give no results; the network as it starts is one and the same."""

import json

import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope

from jaguar_mm.configs.read import read_config
from jaguar_mm.registry import MODELS
from jaguar_mm.storage import load_embeddings
from jaguar_mm.storage.batches import Batches
from tests.cli.running import CONFIG, ROOT, in_process, refused, tool

BARE = ROOT / 'configs' / 'synthetic' / 'resnet10t.safetensors'
FIRST = 'on the way to the embedding are not loaded from it, the first is backbone.timm_model.conv1.0.weight (absent)'


@pytest.fixture(scope='module')
def count():
    """Number of the model's weights but for its head and batch normalisation's counters."""
    init_default_scope('jaguar_mm')
    names = MODELS.build(read_config(ROOT / CONFIG).model).state_dict()
    return sum(not name.startswith('head.') and 'num_batches' not in name for name in names)


@pytest.mark.parametrize('name', ['embed', 'test'])
def test_bare_weights_give_no_results(options, tmp_path, count, name):
    where = {'embed': ['--out', tmp_path / 'out.safetensors'], 'test': ['--work-dir', tmp_path]}
    done = tool(name, CONFIG, BARE, *where[name], *options, check=False)
    assert done.returncode == 2
    assert f'{BARE}: {count} of the {count} weights {FIRST}' in done.stderr
    assert f'--cfg-options model.backbone.checkpoint_path={BARE}' in done.stderr
    assert not list(tmp_path.rglob('*.safetensors*'))
    assert not list(tmp_path.rglob('submission.csv'))


def test_a_report_on_weights_of_another_network_is_refused(options, tmp_path, count):
    torch.save(dict(state_dict={'stem.conv.weight': torch.ones(8, 3, 3, 3)}), tmp_path / 'other.pth')
    done = refused('background', CONFIG, tmp_path / 'other.pth', '--out', tmp_path / 'out', *options)
    assert done.returncode == 2
    assert f'error: {tmp_path}/other.pth: {count} of the {count} weights {FIRST}' in done.stderr
    assert 'the weights of another network (stem.conv.weight, ...)' in done.stderr
    assert not (tmp_path / 'out').exists()


def test_the_network_as_it_starts_is_the_same_again_and_its_parts_fit_no_other(options, tmp_path):
    out, parts = tmp_path / 'out.safetensors', tmp_path / 'out.safetensors.parts'
    options = [*options, 'model.backbone.checkpoint_path=']  # all weights are random
    out.mkdir()  # so that the first run fails when all is embedded but nothing written
    assert tool('embed', CONFIG, 'none', '--out', out, *options, check=False).returncode == 2
    job = json.loads((parts / 'job.json').read_text())
    first = Batches(parts, job, 1).load(0)[:, 0]
    out.rmdir()
    other = tool('embed', CONFIG, 'none', '--out', out, *options, 'randomness.seed=1', check=False)
    assert 'batches of another job' in other.stderr
    tool('embed', CONFIG, 'none', '--out', tmp_path / 'anew.safetensors', *options)
    tool('embed', CONFIG, 'none', '--out', out, *options)
    np.testing.assert_array_equal(load_embeddings(out).vectors[: len(first)], first)
    np.testing.assert_array_equal(load_embeddings(out).vectors, load_embeddings(tmp_path / 'anew.safetensors').vectors)


@pytest.mark.parametrize('name', ['embed', 'test'])
def test_a_checkpoint_needs_no_weights_that_it_replaces(options, tmp_path, checkpoint, name):
    where = {'embed': ['--out', tmp_path / 'out.safetensors'], 'test': ['--work-dir', tmp_path]}
    absent = 'model.backbone.checkpoint_path=absent.safetensors'
    assert in_process(name, CONFIG, checkpoint, *where[name], *options, absent).returncode == 0
    refused = in_process(name, CONFIG, 'none', *where[name], *options, absent)
    assert refused.returncode == 2
    assert 'absent.safetensors' in refused.stderr
