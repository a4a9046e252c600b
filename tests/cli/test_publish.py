import csv
import json
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

import jaguar_mm
from jaguar_mm.engine.checkpoints.file import read_checkpoint
from jaguar_mm.images import image_fingerprint
from jaguar_mm.storage import load_embeddings
from jaguar_mm.storage.files import file_digest
from tests.cli.running import CONFIG, ROOT, refused, run, tool
from tests.conftest import IDENTITIES


@pytest.fixture(scope='module')
def published(checkpoint, tmp_path_factory):
    out = tmp_path_factory.mktemp('published') / 'tiny jaguars.safetensors'
    done = tool('publish', checkpoint, '--out', out)
    assert str(out) in done.stdout
    assert sorted(path.name for path in out.parent.iterdir()) == ['tiny jaguars.md', 'tiny jaguars.safetensors']
    return out


def commands(published):
    """Return the commands of the card's code blocks by what they run."""
    lines = published.with_suffix('.md').read_text(encoding='utf-8').splitlines()
    return {' '.join(line.split()[:2]): line for line in lines if line.startswith(('python ', 'jaguar-mm '))}


def extract(weights, out, options, *flags):
    tool('embed', CONFIG, weights, '--out', out, *flags, *options)
    return load_embeddings(out)


@pytest.mark.parametrize('flags', [[], ['--tta']])
def test_it_embeds_as_its_checkpoint_does_bit_for_bit(published, checkpoint, options, tmp_path, flags):
    expected = extract(checkpoint, tmp_path / 'checkpoint.safetensors', options, *flags)
    found = extract(published, tmp_path / 'published.safetensors', options, *flags)
    assert found.names == expected.names
    np.testing.assert_array_equal(found.vectors, expected.vectors)
    assert found.vectors.shape[1] == read_checkpoint(published)['meta']['embedding_width']


def test_it_scores_as_its_checkpoint_does(published, checkpoint, options, tmp_path):
    metrics = []
    for name, weights in [('checkpoint', checkpoint), ('published', published)]:
        work = tmp_path / name
        out = ['--out', work / 'metrics.json', '--out-item', 'metrics']
        tool('test', CONFIG, weights, '--work-dir', work, *out, *options)
        metrics.append(json.loads((work / 'metrics.json').read_text()))
    assert 'reid/mAP_ib' in metrics[0]
    assert drop_times(metrics[0]) == drop_times(metrics[1])


def drop_times(metrics):
    return {key: value for key, value in metrics.items() if not key.endswith('time')}


def test_its_meta_is_that_of_the_checkpoint_and_more(published, checkpoint):
    before, after = read_checkpoint(checkpoint), read_checkpoint(published)
    assert {key: after['meta'].get(key) for key in before['meta']} == before['meta']
    assert after['meta']['source'] == {'file': 'epoch_2.pth', 'sha256': file_digest(checkpoint)}
    assert after['meta']['published_with']['jaguar_mm'] == jaguar_mm.__version__
    assert after['meta']['published_with']['torch'] == torch.__version__


def test_its_weights_are_the_averaged_ones(published, checkpoint):
    weights, before = read_checkpoint(published)['state_dict'], read_checkpoint(checkpoint)
    assert weights.keys() == before['state_dict'].keys()
    assert all(torch.equal(value, before['state_dict'][name]) for name, value in weights.items())
    start = safetensors.torch.load_file(ROOT / 'configs/synthetic/resnet10t.safetensors')['layer1.0.conv1.weight']
    name = 'backbone.timm_model.layer1.0.conv1.weight'  # the average lags behind, so it is nearer to the start
    moved = [float((weight - start).norm()) for weight in (weights[name], before['ema_state_dict'][f'module.{name}'])]
    assert 0 < moved[0] < 0.5 * moved[1]


def test_the_training_set_is_on_record(published, trained, competition):
    split = json.loads((trained / 'split.json').read_text())
    paths = {path.name: path for path in (competition / 'train').rglob('*.png') if path.name in split['train']}
    record = read_checkpoint(published)['meta']['training_set']
    assert record == {
        'images': len(split['train']),
        'identities': IDENTITIES,
        'split': {part: len(names) for part, names in split.items()},
        'fingerprint': image_fingerprint(paths),
    }
    assert f'`{record["fingerprint"]}`' in published.with_suffix('.md').read_text(encoding='utf-8')


def test_its_scores_are_those_of_the_last_validation(published, trained):
    scores = read_checkpoint(published)['meta']['scores']
    with open(trained / 'reports/val/scores.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    headline = [row for row in rows if row['protocol'] == rows[0]['protocol']][-1]
    assert scores['last']['reid/mAP_ib'] == float(headline['mAP_ib'])
    assert scores['of_these_weights']
    assert scores['best']['value'] == scores['last']['reid/plain/mAP_ib']  # there was one after the first step


def test_the_card_s_commands_do_what_it_says(published, competition, checkpoint, options, tmp_path):
    told, root = commands(published), published.parent
    config = root / 'tiny jaguars_config.py'
    said = told['python -c'].replace("'tiny jaguars.safetensors'", shlex.quote(str(published)))
    said = said.replace("'tiny jaguars_config.py'", shlex.quote(str(config)))
    run('sh', '-c', said.replace('python', shlex.quote(sys.executable), 1))
    assert config.read_text(encoding='utf-8').strip() == read_checkpoint(checkpoint)['meta']['cfg'].strip()

    def follow(line, **places):
        places |= {'tiny jaguars.safetensors': published, 'tiny jaguars_config.py': config}
        words = [str(places.get(word, word)) for word in shlex.split(line)[1:]]
        return tool(*words)

    out, images = tmp_path / 'embeddings.safetensors', competition / 'test' / 'test'
    follow(told['jaguar-mm embed'], FOLDER=images, **{'embeddings.safetensors': out})
    expected = extract(checkpoint, tmp_path / 'checkpoint.safetensors', options, '--folder', images)
    np.testing.assert_array_equal(load_embeddings(out).vectors, expected.vectors)
    told_test = told['jaguar-mm test'].replace('=FOLDER', f'={competition}')
    follow(told_test, **{'work_dirs/tiny jaguars': tmp_path / 'work'})
    assert (tmp_path / 'work/reports/test/scores.csv').exists()


def test_training_starts_from_it_but_does_not_resume_it(published, options, tmp_path):
    done = tool('train', CONFIG, '--work-dir', tmp_path, '--resume', published, *options, check=False)
    assert done.returncode != 0
    assert "has no 'optimizer', only weights" in done.stderr


@pytest.mark.parametrize('name', ['model', 'model.pth', 'safetensors'])
def test_another_ending_is_refused_before_any_work(name, tmp_path):
    done = refused('publish', tmp_path / 'absent.pth', '--out', tmp_path / name)
    assert done.returncode == 2
    assert f'{tmp_path / name}: what is written is .safetensors' in done.stderr


def spoil(checkpoint):
    checkpoint['state_dict']['neck.0.p'] = torch.tensor([float('nan')])
    return checkpoint


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (spoil, 'neck.0.p has NaN or Inf'),
        (lambda checkpoint: checkpoint['state_dict'], 'does not say its config'),
        (lambda checkpoint: dict(state_dict=checkpoint['state_dict']), 'does not say its config'),
    ],
)
def test_a_checkpoint_that_cannot_be_used_leaves_nothing(checkpoint, tmp_path, change, message):
    path = tmp_path / 'changed.pth'
    content = read_checkpoint(checkpoint)
    torch.save(change({key: content[key] for key in ('meta', 'state_dict')}), path)
    done = tool('publish', path, '--out', tmp_path / 'out.safetensors', check=False)
    assert done.returncode == 2
    assert f'error: {path}: {message}' in done.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == ['changed.pth']


def test_what_is_published_or_foreign_is_refused(published, tmp_path):
    safetensors.torch.save_file({'w': torch.ones(2)}, tmp_path / 'foreign.safetensors')
    for path, message in [(published, 'is published already'), (tmp_path / 'foreign.safetensors', 'does not say')]:
        done = refused('publish', path, '--out', tmp_path / 'out.safetensors')
        assert done.returncode == 2
        assert f'error: {path}: {message}' in done.stderr


def test_a_missing_or_damaged_checkpoint_is_named(checkpoint, tmp_path):
    damaged = tmp_path / 'damaged.pth'
    damaged.write_bytes(Path(checkpoint).read_bytes()[:-1000])
    for path in (damaged, tmp_path / 'absent.pth'):
        done = refused('publish', path, '--out', tmp_path / 'out.safetensors')
        assert done.returncode == 2
        assert f'error: {path}: ' in done.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == ['damaged.pth']
