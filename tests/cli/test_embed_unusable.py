"""jaguar-mm embed on a folder with broken images."""

import csv
import shutil

import numpy as np
import pytest

from jaguar_mm.storage import load_embeddings
from tests.cli.running import CONFIG, tool

WORKERS = ['test_dataloader.num_workers=2', 'test_dataloader.batch_size=2']
BROKEN = ['A/p2.png', 'B/p1, "torn".png']


@pytest.fixture
def folder(competition, tmp_path):
    """Six images of which two are cut off."""
    sources = sorted((competition / 'train').rglob('*.png'))[:6]
    names = ['A/p1.png', BROKEN[0], 'A/p3.png', BROKEN[1], 'B/p2.png', 'B/p3.png']
    for name, source in zip(names, sources, strict=True):
        path = tmp_path / 'images' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, path)
        if name in BROKEN:
            path.write_bytes(path.read_bytes()[:1000])
    return tmp_path / 'images'


def extract(folder, options, *flags):
    arguments = ['--folder', folder, '--out', folder.parent / 'out.safetensors', *flags, *options]
    return tool('embed', CONFIG, 'none', *arguments, 'test_dataloader.batch_size=2', check=False)


def test_a_broken_image_is_a_sentence_and_can_be_left_out(folder, options, tmp_path):
    (tmp_path / 'out.safetensors').mkdir()  # so that the second run fails when all is embedded but nothing written
    for flags in [], ['--skip-unusable'], []:
        done = extract(folder, options, *flags)
        assert done.returncode == 2
        (line,) = [line for line in done.stderr.splitlines() if 'error' in line.lower()]
        assert line.startswith('error: [Errno' if flags else f'error: {folder / BROKEN[0]}: ')
        assert 'Traceback' not in done.stderr
    (tmp_path / 'out.safetensors').rmdir()

    done = extract(folder, options, '--skip-unusable')
    assert done.returncode == 3, done.stderr[-3000:]
    assert f'left out   {folder / BROKEN[0]}: ' in done.stdout
    assert f'left out 2 images that cannot be used, see {tmp_path / "out_unusable.csv"}' in done.stdout
    table = load_embeddings(tmp_path / 'out.safetensors')
    assert table.names == ['A/p1.png', 'A/p3.png', 'B/p2.png', 'B/p3.png']
    with open(tmp_path / 'out_unusable.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    assert [row['filename'] for row in rows] == BROKEN
    assert all(row['problem'].startswith(str(folder / row['filename'])) for row in rows)
    assert not (tmp_path / 'out.safetensors.parts').exists()

    for name in BROKEN:
        (folder / name).unlink()
    assert extract(folder, options, '--skip-unusable').returncode == 0
    sound = load_embeddings(tmp_path / 'out.safetensors')
    assert sound.names == table.names
    np.testing.assert_allclose(sound.vectors, table.vectors, atol=1e-6)
    assert (tmp_path / 'out_unusable.csv').read_text() == 'filename,problem\n'
