"""What the pages say: their commands are understood, their code runs, and their links lead somewhere."""

import csv
import os
import re
import shlex
import subprocess
import sys
from importlib import import_module

import numpy as np
import pytest
from PIL import Image

from benchmarks import recipe_book
from jaguar_mm.cli.main import VERBS
from jaguar_mm.configs.read import read_config
from jaguar_mm.encoders import Preprocessing, load_encoder
from jaguar_mm.images import Mask
from jaguar_mm.reports import draw_matches
from jaguar_mm.storage import EmbeddingSet, load_embeddings, save_embeddings
from tests.cli.running import ROOT, tool

PAGES = sorted([ROOT / 'README.md', *(ROOT / 'docs').rglob('*.md')])
KNOWN = {verb for verbs in VERBS.values() for verb in verbs}
COMMAND = re.compile(r'^jaguar-mm .*$|`(jaguar-mm [^`]*)`', re.MULTILINE)


def commands(page):
    """Yield the commands of a page; those with a place-holder for the verb, or without one, aside."""
    text = page.read_text(encoding='utf-8').replace('\\\n', ' ')
    for found in COMMAND.finditer(text):
        words = shlex.split((found[1] or found[0]).replace('\n', ' '), comments=True)[1:]
        if words and words[0] != 'VERB':
            yield words


def code(page, language='python'):
    text = (ROOT / page).read_text(encoding='utf-8')
    return re.findall(rf'^```{language}\n(.*?)^```', text, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.name)
def test_every_command_is_understood(page, monkeypatch, capsys):
    for words in commands(page):
        assert words[0] in KNOWN, words
        if len(words) == 1 or '...' in words:
            continue  # the verb is spoken of
        monkeypatch.setattr(sys, 'argv', [f'jaguar-mm {words[0]}', *words[1:]])
        module = import_module(f'jaguar_mm.cli.{words[0].replace("-", "_")}')
        try:
            getattr(module, 'parse_args', getattr(module, 'parse_arguments', None))()
        except SystemExit:
            pytest.fail(f'{page.name}: {" ".join(words)}: {capsys.readouterr().err}')


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    for target in re.findall(r'\]\(([^)#]+)[^)]*\)', page.read_text(encoding='utf-8')):
        assert target.startswith('https://') or (page.parent / target).exists(), target


def test_the_readme_is_short():
    assert len((ROOT / 'README.md').read_text(encoding='utf-8').splitlines()) < 150


def test_own_images_as_the_readme_says(checkpoint, competition, tmp_path, monkeypatch):
    tool('publish', checkpoint, '--out', tmp_path / 'model.safetensors')
    images = sorted((competition / 'train' / 'train').glob('*.png'))
    animals = dict(line.split(',') for line in (competition / 'train.csv').read_text().split()[1:])
    for path in images:
        copy = tmp_path / 'photos' / animals[path.name] / path.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    (tmp_path / 'new').mkdir()
    (tmp_path / 'new' / 'x.png').write_bytes(images[0].read_bytes())
    section = (ROOT / 'README.md').read_text(encoding='utf-8').partition('## Your own images')[2].partition('\n## ')[0]
    lines = [line for line in section.splitlines() if line.startswith('jaguar-mm ')]
    folders, model = ['rank', 'rank'], ['embed', 'rank', 'embed', 'rank', 'score', 'threshold']
    assert [shlex.split(line)[1] for line in lines] == folders + model
    for line in lines:
        verb, *words = shlex.split(line, comments=True)[1:]
        names = [word if word.startswith('-') or word == 'identity' else tmp_path / word for word in words]
        done = tool(verb, *names, check=verb != 'threshold')  # which may say that few animals are too few
        assert 'Traceback' not in done.stderr
    assert (tmp_path / 'who.csv').is_file()
    assert (tmp_path / 'who.jpg').is_file()

    monkeypatch.chdir(tmp_path)
    (notebook,) = code('README.md')
    names = {'paths': [str(path) for path in images[:4]]}
    exec(notebook, names)
    assert isinstance(names['images'], EmbeddingSet)
    assert Image.fromarray(draw_matches(load_encoder('model.safetensors')(names['paths']))).size[0] > 500


def test_the_road_of_one_image(monkeypatch):
    monkeypatch.chdir(ROOT)
    (program,) = code('docs/architecture.md')
    names = {}
    exec(program, names)
    assert names['vector'].shape == (1, 3072)


def test_masks_as_the_page_says(monkeypatch):
    monkeypatch.chdir(ROOT)
    config, notebook = code('docs/masks.md')
    names = {}
    exec(config, names)
    assert Preprocessing(names['pipeline'])('docs/ranked.jpg').dtype == np.uint8
    exec(notebook, names)
    assert isinstance(names['mask'], Mask)


def test_matching_as_the_page_says(monkeypatch):
    monkeypatch.chdir(ROOT)
    pairs, descriptors = code('docs/matching.md')
    names = {}
    exec(pairs, names)
    assert names['score'] <= 1
    exec(descriptors, names)
    assert names['scores'].shape == names['animals'].shape


def test_add_a_stage(tmp_path, monkeypatch):
    stage, use, config = code('docs/extend/stage.md')
    (tmp_path / 'my_stages.py').write_text(stage)
    (tmp_path / 'mine.py').write_text(config)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    stages = read_config('mine.py').test_evaluator.stages
    assert [stage.type for stage in stages[1:4]] == ['Views', 'Centred', 'QueryExpansion']
    rows = np.random.default_rng(0).normal(3, 1, (9, 4)).astype(np.float32)
    save_embeddings('known.safetensors', EmbeddingSet([str(n) for n in range(9)], rows))
    names = {}
    exec(use, names)
    centred = rows - rows.mean(0)
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    cosines = np.sort(unit @ unit.T - 9 * np.eye(9))[:, :-6:-1]
    np.testing.assert_allclose(names['similarities'], cosines, atol=1e-5)

    page = (ROOT / 'docs/extend/stage.md').read_text(encoding='utf-8').replace('\\\n', ' ')
    (command,) = re.findall(r'^PYTHONPATH=\. python (-c .*)$', page, re.MULTILINE)
    found = os.pathsep.join([str(ROOT), '.'])
    subprocess.run([sys.executable, *shlex.split(command)], check=True, env={**os.environ, 'PYTHONPATH': found})
    with open('ranked.csv', encoding='utf-8') as file:
        ranked = [float(row['similarity']) for row in csv.DictReader(file)]
    np.testing.assert_allclose(np.reshape(ranked, (9, 8))[:, :5], cosines, atol=1e-5)


def test_add_an_encoder(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    program, use = code('docs/extend/encoder.md')
    names = {}
    exec(program, names)
    images = names['images']
    monkeypatch.chdir(tmp_path)
    exec(use, names)
    assert names['sheet'].ndim == 3
    np.testing.assert_array_equal(load_embeddings('colours.safetensors').vectors, images.vectors)
    assert images.vectors.shape == (2, 192)
    assert images.view('flip').shape == (2, 192)
    assert str(images.encoder).startswith('colours ')


def test_recipes_and_their_page_say_what_the_studies_found(monkeypatch):
    monkeypatch.chdir(ROOT)
    differs = [str(path) for path, text in recipe_book.texts().items() if path.read_text() != text]
    assert not differs, f'run benchmarks/recipe_book.py; it would change {", ".join(differs)}'


def test_the_recipe_book_names_every_recipe_and_no_other():
    rows = re.findall(r'^\| (\w+) \| (.*?) \|', (ROOT / 'docs/recipes.md').read_text(), re.MULTILINE)
    groups = {group: set(re.findall(r'`(\w+)`', names)) for group, names in rows if group != 'group'}
    folders = [path for path in (ROOT / 'configs/recipes').iterdir() if path.is_dir() and path.name != '__pycache__']
    assert groups == {folder.name: {path.stem for path in folder.glob('*.py')} for folder in folders}
