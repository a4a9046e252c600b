import zlib
from itertools import chain

import numpy as np
import pytest

from jaguar_mm.images.cache.entry import HEADER, EntryError, Key, open_entry, verify_entry, write_entry
from jaguar_mm.images.gate.load import LoadedImage
from tests.damage import cut, flipped

KEY = Key('ab' * 32, 512)
PIXELS = np.random.default_rng(0).integers(0, 256, (7, 5, 4), dtype=np.uint8)


@pytest.fixture
def entry(tmp_path):
    write_entry(tmp_path / 'a.rgba', KEY, LoadedImage(PIXELS, True))
    return tmp_path / 'a.rgba'


@pytest.mark.parametrize('has_alpha', [False, True])
@pytest.mark.parametrize('pixels', [PIXELS, PIXELS[:1, :1], PIXELS[::2, ::-1], PIXELS.swapaxes(0, 1)])
def test_what_is_written_is_read(tmp_path, pixels, has_alpha):
    path = tmp_path / 'new' / 'a.rgba'
    write_entry(path, KEY, LoadedImage(pixels, has_alpha))
    image = open_entry(path, KEY)
    assert image.has_alpha is has_alpha
    np.testing.assert_array_equal(image.pixels, pixels)
    verify_entry(path, KEY)
    assert path.stat().st_size == HEADER + pixels.nbytes


def test_writing_to_the_pixels_never_reaches_the_file(entry):
    before = entry.read_bytes()
    image = open_entry(entry, KEY)
    image.pixels[:] = 0
    assert entry.read_bytes() == before
    np.testing.assert_array_equal(open_entry(entry, KEY).pixels, PIXELS)


def test_an_open_image_outlives_its_file_and_its_successor(entry):
    image = open_entry(entry, KEY)
    write_entry(entry, KEY, LoadedImage(255 - PIXELS, True))
    np.testing.assert_array_equal(image.pixels, PIXELS)
    entry.unlink()
    np.testing.assert_array_equal(image.pixels, PIXELS)


def test_damage_to_the_header_and_every_cut_is_noticed_on_opening(entry, fuzz_cases):
    content = entry.read_bytes()
    head, rest = content[:HEADER], content[HEADER:]
    damages = [*(each + rest for each in flipped(head, 8 * HEADER)), *cut(content, len(content)), content + b'\0']
    for damaged in damages:
        entry.write_bytes(damaged)
        with pytest.raises(EntryError):
            open_entry(entry, KEY)
    fuzz_cases(len(damages))


def test_damage_anywhere_is_noticed_by_verifying(entry, fuzz_cases):
    content = entry.read_bytes()
    cases = 0
    for damaged in chain(flipped(content, 8 * len(content)), cut(content, len(content))):
        entry.write_bytes(damaged)
        cases += 1
        with pytest.raises(EntryError):
            verify_entry(entry, KEY)
    fuzz_cases(cases)


@pytest.mark.parametrize('key', [Key('ba' * 32, 512), Key('ab' * 32, 511)])
def test_an_entry_in_another_s_place_is_noticed(entry, key):
    with pytest.raises(EntryError, match='the entry of another image'):
        open_entry(entry, key)


def test_a_forged_size_never_leads_beyond_the_file(entry):
    content = bytearray(entry.read_bytes())
    content[44:52] = b'\xff' * 8  # height and width
    content[HEADER - 4 : HEADER] = zlib.crc32(content[: HEADER - 4]).to_bytes(4, 'little')
    entry.write_bytes(content)
    with pytest.raises(EntryError, match='bytes instead of'):
        open_entry(entry, KEY)


def test_an_absent_entry_is_no_damaged_one(tmp_path):
    with pytest.raises(FileNotFoundError):
        open_entry(tmp_path / 'none.rgba', KEY)
