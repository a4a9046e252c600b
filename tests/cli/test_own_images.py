"""A biologist's road: a published model, folders of images, and nothing else."""

import csv
import json
import shlex
import shutil
from collections import Counter

import cv2
import numpy as np
import pytest

from jaguar_mm.cli.flags import stage as stage_of
from jaguar_mm.retrieval import Cosine, Pipeline, find_threshold, score_ranking
from jaguar_mm.storage import EmbeddingSet, load_embeddings, save_embeddings
from tests.cli.running import refused, tool


@pytest.fixture(scope='module')
def model(checkpoint, tmp_path_factory):
    out = tmp_path_factory.mktemp('published') / 'model.safetensors'
    tool('publish', checkpoint, '--out', out)
    return out


@pytest.fixture(scope='module')
def images(tmp_path_factory):
    """Folders of animals whose coats differ, four images each, and one of nobody knows whom."""
    folder = tmp_path_factory.mktemp('own') / 'images'
    for number, animal in enumerate(['Ana', 'Bo', 'Cy', 'Dee', 'unknown']):
        (folder / animal).mkdir(parents=True)
        coat = np.random.default_rng(number).integers(0, 255, (12, 12, 3), dtype=np.uint8)
        for place in range(4):
            noise = np.random.default_rng(10 * number + place).normal(0, 12, (64, 64, 3))
            image = cv2.resize(coat, (64, 64), interpolation=cv2.INTER_NEAREST) + noise
            alpha = cv2.circle(np.zeros((64, 64), np.uint8), (32, 32), 30, 255, -1)
            cut_out = np.dstack([image.clip(0, 255).astype(np.uint8), alpha])
            cv2.imwrite(str(folder / animal / f'{place}.png'), cut_out)
    return folder


@pytest.fixture(scope='module')
def embedded(model, images):
    out = images.parent / 'all.safetensors'
    done = tool('embed', model, '--folder', images, '--animal-folders', '--unknown', 'unknown', '--out', out, '--json')
    assert json.loads(done.stdout) == {'out': str(out), 'images': 20, 'width': 384, 'left_out': {}}
    return out


def test_folders_are_animals_and_nobody_is_asked_about(model, images, embedded, tmp_path):
    table = load_embeddings(embedded)
    assert table.names[:5] == ['Ana/0.png', 'Ana/1.png', 'Ana/2.png', 'Ana/3.png', 'Bo/0.png']
    assert table.columns['identity'] == [None if name[0] == 'u' else name.split('/')[0] for name in table.names]
    arguments = ['--folder', images, '--animal-folders', '--out', tmp_path / 'x.safetensors']
    done = tool('embed', model, *arguments, check=False)
    assert done.returncode == 2
    assert "folder is 'unknown' in 4 of 20 images" in done.stderr
    assert done.stderr.endswith('set --unknown unknown, and if it is a name like any other, --unknown\n')
    alone = refused('embed', model, '--folder', images, '--unknown', 'unknown', '--out', tmp_path / 'x.safetensors')
    assert '--unknown names folders of animals: give --animal-folders too' in alone.stderr
    misspelt = refused('embed', model, *arguments, '--unknown', 'unknwon')
    assert (
        f'--unknown unknwon: there is no such folder with images in {images}; did you mean unknown?' in misspelt.stderr
    )


def test_new_images_alone_are_embedded(model, images, embedded, tmp_path):
    more = shutil.copytree(images, tmp_path / 'images')
    shutil.copy(images / 'Bo' / '1.png', more / 'Ana' / '9.png')
    (more / 'Cy' / '0.png').unlink()
    out = tmp_path / 'more.safetensors'
    arguments = ['--animal-folders', '--unknown', 'unknown', '--known', embedded, '--out', out]
    done = tool('embed', model, '--folder', more, *arguments)
    assert '19 images were known' in done.stdout
    known, found = load_embeddings(embedded), load_embeddings(out)
    assert found.names == sorted(set(known.names) - {'Cy/0.png'} | {'Ana/9.png'})
    old = [known.names.index(name if name != 'Ana/9.png' else 'Bo/1.png') for name in found.names]
    np.testing.assert_allclose(found.vectors, known.vectors[old], atol=1e-5)
    assert found.columns['path'][found.names.index('Ana/9.png')] == str(more / 'Ana' / '9.png')


@pytest.mark.parametrize('by', ['image', 'identity'])
def test_ranks_and_a_sheet(embedded, tmp_path, by):
    arguments = ['--by', by, '--k', 3, '--out', tmp_path / 'r.csv', '--sheet', tmp_path / 'r.jpg', '--json']
    answer = json.loads(tool('rank', embedded, *arguments).stdout)
    assert answer == {
        'out': str(tmp_path / 'r.csv'),
        'sheet': str(tmp_path / 'r.jpg'),
        'why': None,
        'queries': 20,
        'k': 3,
        'by': by,
    }
    sheet = cv2.imread(str(tmp_path / 'r.jpg'))
    assert sheet.shape[0] > 12 * 134  # twelve queries, each with a second line
    assert (sheet < 250).any()


def test_a_threshold_with_its_errors(embedded):
    answer = json.loads(tool('threshold', embedded, '--json').stdout)
    table = load_embeddings(embedded)
    expected = find_threshold(Pipeline((Cosine(),)).final(table), table.columns['identity'])
    assert answer == pytest.approx(expected.__dict__)
    said = tool('threshold', embedded).stdout
    assert f'threshold {expected.similarity:.4f}' in said
    assert '0.5 is chance' in said


def test_how_often_the_first_match_is_right(embedded, tmp_path):
    answer = json.loads(tool('score', embedded, '--stages', 'QueryExpansion:k=2', '--json').stdout)
    table = load_embeddings(embedded)
    rankings = Pipeline((Cosine(), stage_of('QueryExpansion:k=2')))(table)
    for row in answer['scores']:
        scores = score_ranking(rankings[row['stage']], table.column('identity'))
        assert row['protocol'] == 'all'
        assert row['mAP_ib'] == pytest.approx(scores.identity_balanced_map)
        assert row['nearest'] == pytest.approx(scores.ranks.cmc([1])[1])
        assert row['queries'] == 16
    assert [row['stage'] for row in answer['scores']] == ['raw', '+QE']
    assert '20 queries among 20 images' in refused('score', embedded, '--out', tmp_path / 's.csv').stdout
    with open(tmp_path / 's.csv', newline='', encoding='utf-8') as file:
        assert [float(row['mAP']) for row in csv.DictReader(file)] == [answer['scores'][0]['mAP']]
    save_embeddings(tmp_path / 'nobody.safetensors', EmbeddingSet(table.names, table.vectors))
    assert 'has no identities; embed a labelled set' in refused('score', tmp_path / 'nobody.safetensors').stderr


def test_a_threshold_without_animals_is_refused(embedded, tmp_path):
    done = refused('threshold', embedded, '--apart', 'nothing')
    assert done.returncode == 2
    assert "no column 'nothing'" in done.stderr
    folder = refused('threshold', tmp_path)
    assert f'{tmp_path}: is a folder; embed it first: jaguar-mm embed built-in' in folder.stderr


def test_a_threshold_says_where_it_errs_more_often_than_asked(tmp_path):
    identities = [f'animal {number}' for number in range(12) for _ in range(4)]
    random = np.random.default_rng(0)
    vectors = np.repeat(random.normal(size=(12, 8)), 4, 0) + random.normal(size=(48, 8))
    table = EmbeddingSet([f'{row}.png' for row in range(48)], vectors.astype(np.float32), {'identity': identities})
    save_embeddings(tmp_path / 'e.safetensors', table)
    more_often = set()
    for asked in (0.01, 0.02, 0.05, 0.1, 0.2):
        found = find_threshold(Pipeline((Cosine(),)).final(table), identities, most_false=asked)
        said = refused('threshold', tmp_path / 'e.safetensors', '--false-matches', asked).stderr
        assert (f'more false matches than the {asked:.2%} asked for' in said) == (found.false_matches > asked)
        more_often.add(found.false_matches > asked)
    assert more_often == {True, False}


def test_a_folder_is_ranked_without_a_model(images, tmp_path):
    folder = shutil.copytree(images, tmp_path / 'images', ignore=shutil.ignore_patterns('unknown', 'Dee'))
    (folder / 'Ana' / 'torn.png').write_bytes(b'\x89PNG\r\n')
    arguments = [folder, '--out', tmp_path / 'r.csv', '--sheet', tmp_path / 'r.jpg', '--k', 3]
    done = tool('rank', *arguments, check=False)
    assert done.returncode == 3, done.stderr
    assert 'left out 1 images that cannot be used' in done.stdout
    said = done.stdout.replace('\n', ' ').split('compares coats: ')[1]
    assert shlex.split(said)[:3] == [
        '--stages',
        'LNBNN:masks=True',
        "LocalMatching:k=25,masks=True,stages=('raw','+LNBNN')",
    ]
    with open(tmp_path / 'r.csv', newline='', encoding='utf-8') as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12 * 3
    best = [row for row in rows if row['rank'] == '1']
    right = [row['query'].split('/')[0] == row['match'].split('/')[0] for row in best]
    assert sum(right) > 10
    assert (tmp_path / 'r.jpg').stat().st_size > 1000
    with open(tmp_path / 'r_groups.csv', newline='', encoding='utf-8') as file:
        groups = list(csv.DictReader(file))
    assert sorted(row['image'] for row in groups) == sorted({row['query'] for row in rows})
    sizes = Counter(row['group'] for row in groups)
    assert all(int(row['images']) == sizes[row['group']] for row in groups)
    assert list(sizes.values()) == sorted(sizes.values(), reverse=True)
    alike = [(a, b) for a in groups for b in groups if a['group'] == b['group'] and a is not b]
    assert len(alike) > 12
    assert np.mean([a['image'].split('/')[0] == b['image'].split('/')[0] for a, b in alike]) > 0.9
    assert cv2.imread(str(tmp_path / 'r_groups.jpg')) is not None
    verb = ['--least', 1, '--out', tmp_path / 'g.csv', '--sheet', tmp_path / 'g.jpg', '--json']
    alone = json.loads(tool('group', tmp_path / 'r_embeddings.safetensors', *verb).stdout)
    assert (alone['groups'], alone['sizes']) == (12, [1] * 12)
    assert not (tmp_path / 'g.jpg').exists()
    why = ['--why', tmp_path / 'why.jpg']
    again = tool('rank', *arguments, *why, '--animal-folders', '--by', 'identity', check=False)
    assert '12 images were known' in again.stdout, again.stderr
    assert cv2.imread(str(why[1])).shape[1] > 700
    assert {row['identity'] for row in rows} == {''}


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['nowhere'], 'nowhere: no such file or folder'),
        (['file', '--animal-folders'], '0.png: is no folder; give --animal-folders when its images are embedded'),
        (['images', '--unknown', 'x'], '--unknown names folders of animals: give --animal-folders too'),
        (['images', '--by', 'identity'], '--by identity ranks animals: give --animal-folders'),
        (
            ['images', '--gallery', 'images'],
            '--gallery {images}: is a folder; embed it first: jaguar-mm embed built-in',
        ),
        (
            ['images', '--why', 'why.jpg', '--stages', 'QueryExpansion'],
            '--why shows the spots that match: give a stage',
        ),
    ],
)
def test_what_cannot_be_ranked_is_said_before_anything_is_computed(images, tmp_path, arguments, message):
    named = {'images': images, 'inside.jpg': images / 'Bo' / 'inside.jpg', 'own': tmp_path / 'r_embeddings.safetensors'}
    named |= {'file': images / 'Bo' / '0.png', 'nowhere': tmp_path / 'nowhere', 'why.jpg': tmp_path / 'why.jpg'}
    done = refused('rank', *(named.get(word, word) for word in arguments), '--out', tmp_path / 'r.csv')
    assert done.returncode == 2
    assert message.format(images=images) in done.stderr
    assert not list(tmp_path.iterdir())


def test_embeddings_of_other_images_are_not_overwritten(images, tmp_path):
    (tmp_path / 'other').mkdir()
    shutil.copy(images / 'Bo' / '0.png', tmp_path / 'other' / 'x.png')
    vectors = np.eye(2, dtype=np.float32)
    save_embeddings(tmp_path / 'r_embeddings.safetensors', EmbeddingSet(['a.png', 'b.png'], vectors))
    before = (tmp_path / 'r_embeddings.safetensors').read_bytes()
    done = refused('rank', tmp_path / 'other', '--out', tmp_path / 'r.csv')
    assert 'holds embeddings of other images and would be overwritten' in done.stderr
    assert (tmp_path / 'r_embeddings.safetensors').read_bytes() == before


def test_a_failed_call_does_not_block_the_next(images, tmp_path):
    plain = EmbeddingSet(['a.png', 'b.png', 'c.png'], np.eye(3, dtype=np.float32) + 0.1)
    save_embeddings(tmp_path / 'e.safetensors', plain)
    arguments = ['rank', tmp_path / 'e.safetensors', '--out', tmp_path / 'r.csv']
    assert refused(*arguments, '--by', 'identity').returncode == 2
    assert refused(*arguments).returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ['e.safetensors', 'r.csv']


@pytest.mark.parametrize(
    ('stage', 'message'),
    [
        ('LocalMatching:k=2.5', 'LocalMatching.k must be a whole number of at least 1, not 2.5'),
        ('LocalMatching:keypoints=0', 'LocalMatching.keypoints must be'),
        ('LocalMatching:trust=nan', "LocalMatching.trust must be a number of at least 0, not 'nan'"),
        ('LocalMatching:trust=-1', 'LocalMatching.trust must be'),
        ('LocalMatching:masks=no', "LocalMatching.masks must be True or False, not 'no'"),
        ('LNBNN:k=a', "LNBNN.k must be a whole number of at least 1, not 'a'"),
        ('LocalMacthing', 'KReciprocalRerank, LNBNN, LocalMatching, '),
    ],
)
def test_settings_of_stages_are_checked(stage, message):
    done = refused('rank', 'e.safetensors', '--out', 'r.csv', '--stages', stage)
    assert done.returncode == 2
    assert message in done.stderr


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['--least', '0'], '--least must be above 0 and at most 1, not 0.0'),
        (['--stages', 'QueryExpansion:k=2'], '--stages: the last one compares coats; end with LocalMatching'),
    ],
)
def test_what_groups_nothing_is_said(arguments, message):
    done = refused('group', 'e.safetensors', '--out', 'g.csv', *arguments)
    assert (done.returncode, message in done.stderr) == (2, True)


def test_true_and_false_are_no_texts():
    assert stage_of('LocalMatching:masks=false').masks is False
    assert stage_of('LocalMatching:masks=True').masks is True
    assert stage_of('LNBNN:apart=group').apart == ('group',)
