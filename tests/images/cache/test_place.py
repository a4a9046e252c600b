import os
from pathlib import Path

import pytest

from jaguar_mm.images.cache import user_folder


@pytest.fixture
def nothing_set(monkeypatch, tmp_path):
    for name in ('JAGUAR_MM_CACHE', 'XDG_CACHE_HOME'):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv('HOME', str(tmp_path))
    return monkeypatch


def test_it_is_in_the_user_s_folder_of_caches(nothing_set, tmp_path):
    assert user_folder() == tmp_path / '.cache/jaguar_mm/images'
    nothing_set.setenv('XDG_CACHE_HOME', '/x y')
    assert user_folder() == Path('/x y/jaguar_mm/images')
    nothing_set.setenv('XDG_CACHE_HOME', 'relative')  # to be ignored, by the standard
    assert user_folder() == tmp_path / '.cache/jaguar_mm/images'


def test_a_variable_names_another_folder(nothing_set, tmp_path):
    nothing_set.setenv('JAGUAR_MM_CACHE', '/mnt/big')
    assert user_folder() == Path('/mnt/big')
    nothing_set.setenv('JAGUAR_MM_CACHE', '~/here')
    assert user_folder() == tmp_path / 'here'


def test_a_user_without_a_home_is_told_what_to_set(nothing_set):
    nothing_set.setattr(os.path, 'expanduser', lambda path: path)  # as it does for a user that is not on record
    with pytest.raises(ValueError, match='set JAGUAR_MM_CACHE to a folder'):
        user_folder()


def test_the_tests_do_not_fill_the_user_s_own_cache():
    assert 'jaguar_mm_cache_' in str(user_folder())
