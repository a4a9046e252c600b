"""mmpretrain's own FeatureExtractor takes the config in a training's work dir and gives our embeddings."""

import json
import sys

import numpy as np

from jaguar_mm.storage import load_embeddings
from tests.cli.running import CONFIG, run, tool

PROGRAM = """
import json, sys
from mmpretrain import FeatureExtractor
from jaguar_mm.images import load_rgba
config, checkpoint, *paths = sys.argv[1:]
extractor = FeatureExtractor(config, pretrained=checkpoint)
feats = extractor([load_rgba(path).pixels for path in paths], batch_size=2)
print('FEATS', json.dumps([feat[-1].tolist() for feat in feats]))
try:
    extractor(paths[0])
except ValueError as error:
    print('SAID', error)
"""


def test_the_embeddings_are_those_of_our_own_tool(trained, checkpoint, competition, options, tmp_path):
    tool('embed', CONFIG, checkpoint, '--out', tmp_path / 'own.safetensors', *options)
    own = load_embeddings(tmp_path / 'own.safetensors')
    paths = [next((competition).rglob(name)) for name in own.names]
    done = run(sys.executable, '-c', PROGRAM, str(trained / 'v3_resnet10t_gem.py'), checkpoint, *map(str, paths))
    lines = dict(line.split(' ', 1) for line in done.stdout.splitlines() if line.startswith(('FEATS', 'SAID')))
    theirs = np.array(json.loads(lines['FEATS']), dtype=np.float32)
    theirs /= np.linalg.norm(theirs, axis=1, keepdims=True)
    np.testing.assert_allclose(theirs, own.vectors, atol=1e-5)
    assert 'not a path but jaguar_mm.images.load_rgba(path).pixels' in lines['SAID']
