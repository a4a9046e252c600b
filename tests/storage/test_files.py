import pytest

from jaguar_mm.storage.files import write_whole


def test_text_and_bytes_replace_the_old_file(tmp_path):
    path = tmp_path / 'new' / 'file.csv'
    write_whole(path, 'é')
    assert path.read_bytes() == 'é'.encode()
    assert write_whole(path, b'\x00') == path
    assert path.read_bytes() == b'\x00'


def test_a_failed_write_keeps_the_old_file_and_leaves_nothing_beside_it(tmp_path, monkeypatch):
    path = write_whole(tmp_path / 'file.csv', 'old')

    def full(*_):
        raise OSError('no space left')

    monkeypatch.setattr('os.replace', full)
    with pytest.raises(OSError, match='no space'):
        write_whole(path, 'new')
    assert path.read_text() == 'old'
    assert [entry.name for entry in tmp_path.iterdir()] == ['file.csv']
