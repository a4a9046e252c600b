import numpy as np
import pytest

from jaguar_mm.configs.read import read_config
from jaguar_mm.datasets.transforms.condition import CONDITIONS
from jaguar_mm.engine.background_conditions import embed_conditions, under_condition
from jaguar_mm.engine.embedding_model import build_model
from jaguar_mm.registry import DATASETS
from tests.cli.running import CONFIG, ROOT

PIPELINE = [dict(type='LoadRGBA'), dict(type='jaguar_mm.AlphaMask', background='mean'), dict(type='PackInputs')]


@pytest.mark.parametrize('condition', CONDITIONS)
def test_the_condition_takes_the_mask_s_place(condition):
    first, step, last = under_condition(PIPELINE, condition, {'a': 'b'})
    assert (first, last) == (PIPELINE[0], PIPELINE[2])
    assert (step['type'], step['condition']) == ('BackgroundCondition', condition)
    assert ('donors' in step) == (condition == 'swapped')


@pytest.mark.parametrize(('pipeline', 'count'), [(PIPELINE[:1], 0), (PIPELINE + PIPELINE, 2)])
def test_a_pipeline_without_one_mask_is_refused(pipeline, count):
    with pytest.raises(ValueError, match=f'one AlphaMask.*has {count}'):
        under_condition(pipeline, 'original', {})


@pytest.fixture
def loader(competition):
    cfg = read_config(ROOT / CONFIG)
    cfg.test_dataloader.dataset.data_root = str(competition)
    cfg.test_dataloader.update(num_workers=0, batch_size=4)
    return cfg.test_dataloader


def donors_of(loader):
    """Give every image the background of the next one of another identity."""
    dataset = DATASETS.build(loader.dataset)
    records = [dataset.get_data_info(index) for index in range(len(dataset))]
    return {r['image_name']: next(o['img_path'] for o in records if o['identity'] != r['identity']) for r in records}


def test_an_interrupted_job_goes_on_and_what_embeds_the_mean_colour_is_the_config_s_own(loader, tmp_path):
    cfg = read_config(ROOT / CONFIG)
    model = build_model(cfg, 'none')
    model.tta, donors = None, donors_of(loader)
    counted = []

    def stop(images):
        counted.append(images)
        if len(counted) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embed_conditions(cfg, model, loader, donors, tmp_path / 'parts', advance=stop)
    counted.clear()
    embeddings = embed_conditions(cfg, model, loader, donors, tmp_path / 'parts', advance=counted.append)
    assert sum(counted) == 9 * len(CONDITIONS)  # those that were done are counted too
    assert not (tmp_path / 'parts').exists()

    dataset = DATASETS.build(loader.dataset)  # its AlphaMask has the mean colour
    samples = [dataset[index] for index in range(len(dataset))]
    batch = dict(inputs=[sample['inputs'] for sample in samples], data_samples=[s['data_samples'] for s in samples])
    expected = np.stack([sample.embedding.detach().numpy() for sample in model.test_step(batch)])
    np.testing.assert_allclose(embeddings['foreground'], expected, atol=1e-5)
    rows = [embeddings[condition].tobytes() for condition in CONDITIONS]
    assert len(set(rows)) == len(CONDITIONS)
