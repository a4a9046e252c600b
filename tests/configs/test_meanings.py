"""The configs mean what they meant when each stated every step itself.

``meanings.json`` holds the settings of that time, in full; heads had one loss, and widths and numbers of classes, which
the model and the training set know, were written in them.
"""

import json
from pathlib import Path

import pytest

from jaguar_mm.configs.read import read_config
from tests.conftest import ROOT

MEANINGS = json.loads(Path(__file__).with_name('meanings.json').read_text(encoding='utf-8'))
DEFAULTS = [('scale', 30.0), ('margin', 0.3), ('label_smoothing', 0.0)]  # of the head of that time
BILINEAR = 'bilinear'  # the default of RandomResizedCrop


def plain(settings):
    """Return settings with lists for tuples and without the interpolation that is the default."""
    if isinstance(settings, dict):
        return {key: plain(it) for key, it in settings.items() if (key, it) != ('interpolation', BILINEAR)}
    return [plain(it) for it in settings] if isinstance(settings, list | tuple) else settings


@pytest.mark.parametrize('name', MEANINGS)
def test_a_config_means_what_it_meant(name):
    found, expected = plain(read_config(ROOT / 'configs' / name).to_dict()), MEANINGS[name]
    head, loss = found['model'].pop('head'), expected['model'].pop('head')
    assert head.pop('type') == 'ReIDHead'
    assert dict(DEFAULTS) | head.pop('losses').pop('arcface') == dict(DEFAULTS) | loss | dict(type='ArcFace')
    assert not head
    if checkpoint := found['model']['backbone'].get('checkpoint_path'):
        found['model']['backbone']['checkpoint_path'] = Path(checkpoint).name
    found['default_hooks'] = {key: found['default_hooks'].get(key) for key in expected['default_hooks']}
    assert {key: found[key] for key in expected} == expected
