"""jaguar-mm average: a checkpoint of which the weights are means, to be tested and published like any other."""

import shutil

import pytest
import torch

from jaguar_mm.engine.checkpoints.file import read_checkpoint, write_checkpoint
from tests.cli.running import CONFIG, in_process, refused

METRIC = 'reid/plain/mAP_ib'


@pytest.fixture
def ingredients(checkpoint, tmp_path):
    """The trained model, one that is a little off, and one that is spoilt."""
    paths = [tmp_path / f'{name}.pth' for name in ('good', 'near', 'spoilt')]
    shutil.copy(checkpoint, paths[0])
    for path, noise in zip(paths[1:], (1e-4, 30.0), strict=True):
        content = read_checkpoint(checkpoint)
        random = torch.Generator().manual_seed(0)
        for name, value in content['state_dict'].items():
            if name.startswith('backbone.') and value.ndim == 4:
                value += noise * value.std() * torch.randn(value.shape, generator=random)
        write_checkpoint(path, content)
    return paths


def test_all_are_averaged_and_the_soup_can_be_published(ingredients, tmp_path):
    out = tmp_path / 'soup.pth'
    done = in_process('average', *ingredients[:2], '--out', out)
    assert done.returncode == 0, done.stderr
    assert f'wrote {out}: the mean of 2' in done.stdout
    soup, *states = [read_checkpoint(path) for path in (out, *ingredients[:2])]
    assert soup['meta']['average_of'] == ['good.pth', 'near.pth']
    for name, value in soup['state_dict'].items():
        one, other = (state['state_dict'][name] for state in states)
        expected = (one.double() + other.double()) / 2 if value.is_floating_point() else one
        torch.testing.assert_close(value, expected.to(value.dtype), rtol=1e-7, atol=0)
    done = in_process('publish', out, '--out', tmp_path / 'soup.safetensors')
    assert done.returncode == 0, done.stderr


def test_a_greedy_soup_leaves_out_what_harms(ingredients, options, tmp_path):
    out = tmp_path / 'soup.pth'
    done = in_process('average', *ingredients, '--out', out, '--greedy', CONFIG, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'spoilt.pth' not in read_checkpoint(out)['meta']['average_of']
    said = dict(reversed(line.split(maxsplit=2)[1:]) for line in done.stdout.splitlines() if line.startswith(METRIC))
    trained = read_checkpoint(ingredients[0])['message_hub']['log_scalars'][f'val/{METRIC}'].current()
    assert float(said[str(ingredients[0])]) == pytest.approx(float(trained), abs=1e-4)
    assert float(said['the mean of what is taken']) == max(map(float, said.values()))


def test_a_config_without_a_score_to_choose_by_is_refused(ingredients, options, tmp_path):
    unset = [*options, 'default_hooks.checkpoint.save_best=None']
    done = refused('average', *ingredients, '--out', tmp_path / 'soup.pth', '--greedy', CONFIG, *unset)
    assert done.returncode == 2
    assert 'default_hooks.checkpoint.save_best says by which score to choose' in done.stderr
    assert not (tmp_path / 'soup.pth').exists()


def test_an_ingredient_is_not_overwritten(ingredients):
    done = refused('average', *ingredients, '--out', ingredients[1])
    assert done.returncode == 2
    assert 'would be overwritten' in done.stderr
