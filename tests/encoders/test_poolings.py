"""A model of every pooling embeds, once it is published, as it did in training."""

import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope

from jaguar_mm.configs.read import read_config
from jaguar_mm.encoders import load_encoder
from jaguar_mm.encoders.published import write_publication
from jaguar_mm.engine.checkpoints.publication import describe
from jaguar_mm.networks import settle_on_cpu
from jaguar_mm.registry import MODELS
from tests.cli.running import ROOT

RECIPES = sorted((ROOT / 'configs' / 'recipes' / 'pooling').glob('*.py'))


@pytest.mark.parametrize('recipe', RECIPES, ids=lambda path: path.stem)
def test_it_embeds_as_the_trained_model_bit_for_bit(recipe, tmp_path):
    cfg = read_config(recipe)
    cfg.merge_from_dict({'model.backbone.checkpoint_path': '', 'model.head.num_classes': 2})
    init_default_scope('jaguar_mm')
    torch.manual_seed(0)
    model = settle_on_cpu(MODELS.build(cfg.model)).eval()  # as the runner does
    (tmp_path / 'epoch_1.pth').write_bytes(b'abc')
    meta = dict(cfg=cfg.pretty_text, dataset_meta=dict(classes=('Abril', 'Lua')), embedding_width=model.embedding_width)
    header = describe(dict(meta=meta, state_dict=model.state_dict()), tmp_path / 'epoch_1.pth')
    write_publication(tmp_path / 'model.safetensors', header, model.state_dict())
    images = np.random.default_rng(0).integers(256, size=(2, 80, 120, 3), dtype=np.uint8)
    found = load_encoder(tmp_path / 'model.safetensors').network(images, [])['']
    with torch.inference_mode():
        prepared = model.data_preprocessor(dict(inputs=torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()))
        expected = model.embed(prepared['inputs'])
    np.testing.assert_array_equal(found, expected)
    assert found.shape == (2, model.embedding_width)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)
