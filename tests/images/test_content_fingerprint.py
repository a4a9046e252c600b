"""All of a file's content tells it from others."""

import os

import pytest

from jaguar_mm.images import content_fingerprint


@pytest.mark.parametrize('size', [0, 10, 1 << 16, 3_000_000])
def test_every_byte_counts_and_the_name_does_not(tmp_path, size):
    content = os.urandom(size)
    (tmp_path / 'a').write_bytes(content)
    (tmp_path / 'b').write_bytes(content)
    assert content_fingerprint(tmp_path / 'a') == content_fingerprint(tmp_path / 'b')
    for place in {0, size // 2, size - 1} if size else ():
        changed = bytearray(content)
        changed[place] ^= 1
        (tmp_path / 'b').write_bytes(changed)
        assert content_fingerprint(tmp_path / 'a') != content_fingerprint(tmp_path / 'b')
