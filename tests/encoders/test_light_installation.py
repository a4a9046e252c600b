"""The wheel in an environment of its own, with the few packages that it asks for: no torch, then no OpenMMLab."""

import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from packaging.requirements import Requirement

from jaguar_mm.encoders import load_encoder
from jaguar_mm.storage import EmbeddingSet, load_embeddings, save_embeddings
from tests.cli.running import ROOT

SOURCES = ('jaguar_mm', 'configs', 'tools', 'setup.py', 'pyproject.toml', 'README.md', 'model-index.yml')
TORCH = ('torch', 'torchvision', 'timm')
HEAVY = (*TORCH, 'mmengine', 'mmcv', 'mmpretrain', 'sklearn', 'matplotlib')


@pytest.fixture(scope='module')
def wheel(tmp_path_factory):
    """Build the wheel from a copy, since building leaves files behind."""
    source = tmp_path_factory.mktemp('source')
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns('__pycache__'))
        else:
            shutil.copy(ROOT / name, source)
    command = ['wheel', '--no-deps', '--no-build-isolation', '--no-index', '-w', str(source / 'out'), str(source)]
    subprocess.run([sys.executable, '-m', 'pip', *command], check=True, capture_output=True)
    (path,) = (source / 'out').glob('*.whl')
    return path


@pytest.fixture(scope='module')
def environment(wheel, tmp_path_factory):
    """Install it in a new environment, and link the packages that it requires from this one."""
    folder = tmp_path_factory.mktemp('environment')
    subprocess.run([sys.executable, '-m', 'venv', '--without-pip', str(folder)], check=True)
    python = folder / 'bin' / 'python'
    install = ['--python', str(python), 'install', '--no-deps', '--no-index', str(wheel)]
    subprocess.run([sys.executable, '-m', 'pip', *install], check=True, capture_output=True)
    (site,) = folder.glob('lib/python*/site-packages')
    (info,) = site.glob('jaguar_mm-*.dist-info')
    link(site, required(metadata.PathDistribution(info).requires))
    return folder


def required(requirements):
    """Return the distributions that some requirements bring along, without extras."""
    found, waiting = {}, list(requirements or ())
    while waiting:
        requirement = Requirement(waiting.pop())
        if requirement.marker and not requirement.marker.evaluate({'extra': ''}):
            continue
        if requirement.name not in found:
            found[requirement.name] = metadata.distribution(requirement.name)
            waiting += found[requirement.name].requires or []
    return list(found.values())


def link(site, distributions):
    for distribution in distributions:
        for top in {file.parts[0] for file in distribution.files if file.parts[0] not in ('..', '__pycache__')}:
            if not (site / top).exists():
                (site / top).symlink_to(distribution.locate_file(top))


def run(environment, *command, check=True):
    """Run a program of the environment, away from the sources."""
    clean = {key: value for key, value in os.environ.items() if key != 'PYTHONPATH'}
    program = environment / 'bin' / command[0]
    done = subprocess.run(
        [program, *map(str, command[1:])], cwd=environment, env=clean, capture_output=True, text=True, check=False
    )
    if check:
        assert done.returncode == 0, done.stderr[-3000:]
    return done


def test_nothing_heavy_is_there_and_the_light_rooms_work(environment):
    program = f"""
import importlib.util, sys
assert not [name for name in {HEAVY} if importlib.util.find_spec(name)]
import numpy as np
import jaguar_mm
from jaguar_mm.configs.shipped import locate
from jaguar_mm.images import load_rgba
from jaguar_mm.retrieval import Cosine, KReciprocalRerank, Pipeline, topk_similarity
from jaguar_mm.storage import EmbeddingSet
rows = np.random.default_rng(0).normal(size=(30, 8)).astype('float32')
images = EmbeddingSet([str(n) for n in range(30)], rows)
print(Pipeline((Cosine(), KReciprocalRerank(k1=4, k2=2))).final(images).matrix().shape)
print(load_rgba(sys.argv[1]).pixels.shape, locate('jaguar_mm::eva02_gem.py'))
"""
    done = run(environment, 'python', '-c', program, ROOT / 'docs/ranked.jpg')
    first, second = done.stdout.splitlines()
    assert first == '(30, 30)'
    config = Path(second.split(') ')[1])
    assert config.read_bytes() == (ROOT / 'configs/eva02_gem.py').read_bytes()
    assert environment in config.parents


def test_the_command_ranks_and_says_what_training_needs(environment, tmp_path):
    rows = np.random.default_rng(0).normal(size=(5, 8)).astype(np.float32)
    save_embeddings(tmp_path / 'a.safetensors', EmbeddingSet(list('abcde'), rows))
    run(environment, 'jaguar-mm', 'rank', tmp_path / 'a.safetensors', '--out', tmp_path / 'a.csv', '--k', 2)
    assert len((tmp_path / 'a.csv').read_text().splitlines()) == 11
    run(environment, 'jaguar-mm', 'check-data', '--folder', ROOT / 'docs', '--out', tmp_path / 'b.csv')
    done = run(environment, 'jaguar-mm', 'train', 'a.py', check=False)
    assert done.returncode == 2
    assert done.stderr.startswith('error: jaguar-mm train needs ')
    assert "pip install 'jaguar_mm[train]'" in done.stderr
    done = run(
        environment, 'jaguar-mm', 'embed', 'm.safetensors', '--folder', tmp_path, '--out', 'x.safetensors', check=False
    )
    assert done.returncode == 2
    assert 'm.safetensors: no such file' in done.stderr


def test_with_torch_a_published_model_embeds_as_it_does_here(environment, published, dataset, tmp_path):
    folder = tmp_path / 'images'
    folder.mkdir()
    for place in range(3):
        shutil.copy(dataset.get_data_info(place)['img_path'], folder / f'{place}.png')
    command = ('jaguar-mm', 'embed', published, '--folder', folder, '--out', tmp_path / 'x.safetensors')
    done = run(environment, *command, check=False)
    assert done.returncode == 2
    assert "pip install 'jaguar_mm[torch]'" in done.stderr
    (site,) = environment.glob('lib/python*/site-packages')
    link(site, required(TORCH))
    run(environment, *command)
    expected = load_encoder(published)([folder / f'{place}.png' for place in range(3)])
    found = load_embeddings(tmp_path / 'x.safetensors')
    assert found.names == ['0.png', '1.png', '2.png']
    np.testing.assert_allclose(found.vectors, expected.vectors, atol=1e-5)
