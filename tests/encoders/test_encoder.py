import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from mmengine.dataset import default_collate
from safetensors.torch import save_file

from jaguar_mm.encoders import load_encoder, torch_network
from jaguar_mm.encoders.known import Known
from jaguar_mm.encoders.published import write_publication
from jaguar_mm.encoders.records import with_content
from jaguar_mm.engine.checkpoints.file import read_checkpoint
from jaguar_mm.images import ImageError, load_rgba
from jaguar_mm.storage import EncoderFingerprint, check_same_encoder, join, load_embeddings, save_embeddings
from tests.cli.running import ROOT


def test_a_published_file_embeds_as_the_trained_model_tests_bit_for_bit(published, model, dataset):
    found = load_encoder(published)(dataset, views=['flip'], batch_size=len(dataset), workers=2)
    with torch.inference_mode():
        samples = model.test_step(default_collate([dataset[place] for place in range(len(dataset))]))
    np.testing.assert_array_equal(found.vectors, np.stack([sample.embedding for sample in samples]))
    np.testing.assert_array_equal(found.view('flip'), np.stack([sample.tta_embedding for sample in samples]))
    assert list(found.names) == [sample.image_name for sample in samples]
    assert found.columns['identity'] == [sample.identity for sample in samples]
    assert {'identity', 'group', 'path'} <= found.columns.keys()


def test_paths_arrays_and_records_give_the_same(published, dataset):
    encoder = load_encoder(published)
    records = [dataset.get_data_info(place) for place in range(5)]
    paths = [record['img_path'] for record in records]
    expected = encoder(records).vectors
    for images in (paths, [load_rgba(path).pixels for path in paths]):
        np.testing.assert_array_equal(encoder(images).vectors, expected)
    assert list(encoder(paths).names) == paths
    assert list(encoder(paths, names='abcde').names) == list('abcde')
    assert list(encoder([load_rgba(paths[0]).pixels]).names) == ['image 0']
    assert encoder(paths[0]).vectors.shape == (1, 384)


def test_paths_hold_in_any_folder(published, dataset, tmp_path, monkeypatch):
    shutil.copy(dataset.get_data_info(0)['img_path'], tmp_path / 'a.png')
    monkeypatch.chdir(tmp_path)
    found = load_encoder(published)(['a.png'])
    assert (found.names, found.columns['path']) == (['a.png'], [str(tmp_path / 'a.png')])


def test_the_fingerprint_is_kept_and_tells_encoders_apart(published, dataset, tmp_path):
    encoder = load_encoder(published)
    found = encoder([dataset.get_data_info(0)])
    save_embeddings(tmp_path / 'x.safetensors', found)
    assert load_embeddings(tmp_path / 'x.safetensors').encoder == encoder.fingerprint
    assert load_encoder(published).fingerprint == encoder.fingerprint
    file = read_checkpoint(published)
    header, weights = file['meta'], file['state_dict']
    weights['backbone.timm_model.conv1.0.weight'] += 1e-3
    write_publication(tmp_path / 'other.safetensors', header, weights)
    other = load_encoder(tmp_path / 'other.safetensors').fingerprint
    assert other.preprocessing == encoder.fingerprint.preprocessing
    assert other.weights != encoder.fingerprint.weights


def test_an_interrupted_call_goes_on_where_it_was(published, dataset, tmp_path):
    encoder = load_encoder(published)
    records = [dataset.get_data_info(place) for place in range(6)]
    whole = encoder(records, batch_size=2, views=['flip'])
    network, calls = encoder.network, []

    class Interrupted:
        views, half = network.views, network.half

        def __call__(self, images, views):
            calls.append(len(images))
            if len(calls) == 2:
                raise KeyboardInterrupt
            return network(images, views)

    encoder.network = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        encoder(records, batch_size=2, views=['flip'], parts=tmp_path / 'parts')
    advanced = []
    again = encoder(records, batch_size=2, views=['flip'], parts=tmp_path / 'parts', advance=advanced.append)
    assert calls == [2, 2, 2, 2]
    assert advanced == [2, 2, 2]
    np.testing.assert_array_equal(again.vectors, whole.vectors)
    np.testing.assert_array_equal(again.view('flip'), whole.view('flip'))
    assert not (tmp_path / 'parts').exists()


@pytest.mark.parametrize('workers', [1, 3])
@pytest.mark.parametrize('in_parts', [False, True])
def test_an_image_that_cannot_be_used_is_one_sentence_or_left_out(published, dataset, tmp_path, workers, in_parts):
    encoder = load_encoder(published)
    paths = [dataset.get_data_info(place)['img_path'] for place in range(4)]
    for name in ('x.png', 'y.png', 'z.png'):
        (tmp_path / name).write_bytes(b'no image')
    torn = [str(tmp_path / name) for name in ('x.png', 'y.png', 'z.png')]
    images = [paths[0], torn[0], torn[1], torn[2], *paths[1:]]  # the second of three batches is all torn
    settings = dict(batch_size=2, workers=workers, parts=tmp_path / 'parts' if in_parts else None)
    with pytest.raises(ImageError, match=r'x\.png'):
        encoder(images, **settings)
    left_out = {}
    found = encoder(images, unusable=left_out, views=['flip'], **settings | dict(parts=None))
    assert list(left_out) == torn
    assert all(str(name) in reason for name, reason in left_out.items())
    expected = encoder(paths, views=['flip'])
    assert found.names == expected.names
    np.testing.assert_allclose(found.vectors, expected.vectors, atol=1e-6)
    np.testing.assert_allclose(found.view('flip'), expected.view('flip'), atol=1e-6)
    with pytest.raises(ValueError, match=r'none of the images can be used; the first: .*x\.png'):
        encoder(torn, unusable={}, batch_size=2)


def test_what_an_interrupted_call_left_out_is_not_taken_for_embedded(published, dataset, tmp_path):
    encoder = load_encoder(published)
    (tmp_path / 'x.png').write_bytes(b'no image')
    images = [dataset.get_data_info(0)['img_path'], tmp_path / 'x.png']
    parts = tmp_path / 'parts'
    encoder(images, unusable={}, parts=parts, keep=True)
    with pytest.raises(ImageError, match=r'x\.png'):
        encoder(images, parts=parts)
    left_out = {}
    assert len(encoder(images, unusable=left_out, parts=parts)) == 1
    assert list(left_out) == [str(tmp_path / 'x.png')]


def test_known_images_are_not_embedded_again(published, dataset, tmp_path):
    encoder = load_encoder(published)
    for place in range(4):
        shutil.copy(dataset.get_data_info(place)['img_path'], tmp_path / f'{place}.png')
    records = with_content([dict(image_name=f'{n}.png', img_path=str(tmp_path / f'{n}.png')) for n in range(4)])
    whole = encoder(records)
    earlier = {'a': whole.select([2, 0]), 'b': whole.select([0])}
    known = Known(earlier, encoder)
    assert [record['image_name'] for record in known.missing(records)] == ['1.png', '3.png']
    joined = known.joined(records, encoder(known.missing(records)))
    assert list(joined.names) == list(whole.names)
    np.testing.assert_allclose(joined.vectors, whole.vectors, atol=1e-6)
    everything = Known({'a': whole}, encoder)
    assert everything.missing(records) == []
    np.testing.assert_array_equal(everything.joined(records, None).vectors, whole.vectors)

    shutil.copy(tmp_path / '1.png', tmp_path / '2.png')  # another image under a known name
    changed = with_content([{**record} for record in records])
    assert [record['image_name'] for record in everything.missing(changed)] == ['2.png']
    taken = everything.joined(changed, encoder(everything.missing(changed)))
    np.testing.assert_allclose(taken.vectors[2], whole.vectors[1], atol=1e-6)
    with pytest.raises(ValueError, match='c: does not tell the content'):
        Known({'c': encoder([records[0]['img_path']])}, encoder)
    other = replace(whole, encoder=EncoderFingerprint('other', 'steps'))
    with pytest.raises(ValueError, match='the model and d come from different encoders'):
        Known({'d': other}, encoder)


def test_another_encoder_does_not_take_the_parts(published, dataset, tmp_path):
    encoder = load_encoder(published)
    records = [dataset.get_data_info(place) for place in range(2)]
    (tmp_path / 'parts').mkdir()
    (tmp_path / 'parts' / 'job.json').write_text('{}')
    with pytest.raises(ValueError, match='batches of another job'):
        encoder(records, parts=tmp_path / 'parts')


def test_mistakes_are_named(published, dataset, tmp_path):
    encoder = load_encoder(published)
    record = dataset.get_data_info(0)
    with pytest.raises(ValueError, match='comes twice'):
        encoder([record, record])
    with pytest.raises(ValueError, match='no images'):
        encoder([])
    with pytest.raises(ValueError, match="no view 'crop', only flip"):
        encoder([record], views=['crop'])
    (tmp_path / 'broken.png').write_bytes(b'no image')
    with pytest.raises(ImageError, match=r'broken\.png'):
        encoder([record['img_path'], tmp_path / 'broken.png'])
    with pytest.raises(FileNotFoundError, match=r'nowhere\.safetensors'):
        load_encoder(tmp_path / 'nowhere.safetensors')
    with pytest.raises(ValueError, match=r'broken\.png: a published model is a \.safetensors'):
        load_encoder(tmp_path / 'broken.png')
    save_file({'conv.weight': torch.ones(2, 2)}, tmp_path / 'bare.safetensors')
    with pytest.raises(ValueError, match=r'bare\.safetensors: .*no published model'):
        load_encoder(tmp_path / 'bare.safetensors')


def test_nothing_of_openmmlab_is_needed(published, dataset, tmp_path):
    path = dataset.get_data_info(0)['img_path']
    program = f"""
import sys
for name in ('mmengine', 'mmcv', 'mmpretrain'):
    sys.modules[name] = None
from jaguar_mm.encoders import load_encoder
from jaguar_mm.storage import save_embeddings
save_embeddings({str(tmp_path / 'x.safetensors')!r}, load_encoder({str(published)!r})([{path!r}]))
"""
    subprocess.run([sys.executable, '-c', program], check=True, cwd=ROOT)
    expected = load_encoder(published)([path])
    np.testing.assert_array_equal(load_embeddings(tmp_path / 'x.safetensors').vectors, expected.vectors)


def test_mixed_precision_is_near_or_refused(published, dataset, monkeypatch):
    monkeypatch.setattr(torch_network, 'has_bfloat16', lambda: False)
    with pytest.raises(ValueError, match='this processor does not compute in bfloat16: embed in float32'):
        load_encoder(published, device='cpu', amp=True)
    monkeypatch.setattr(torch_network, 'has_bfloat16', lambda: True)
    mixed = load_encoder(published, device='cpu', amp=True)(dataset).vectors
    exact = load_encoder(published, device='cpu')(dataset).vectors
    assert not np.array_equal(mixed, exact)
    assert (mixed * exact).sum(1).min() > 0.999


@pytest.mark.parametrize('amp', [False, True])
def test_precisions_are_compared_but_not_mixed(published, dataset, monkeypatch, tmp_path, amp):
    monkeypatch.setattr(torch_network, 'has_bfloat16', lambda: True)
    one, other = (load_encoder(published, device='cpu', amp=half) for half in (amp, not amp))
    records = with_content([dataset.get_data_info(place) for place in range(4)])
    earlier = one(records[:2])
    save_embeddings(tmp_path / 'x.safetensors', earlier)
    kept = load_embeddings(tmp_path / 'x.safetensors')
    assert kept.encoder.precision == ('mixed' if amp else 'float32')
    check_same_encoder({'one': kept.encoder, 'other': other.fingerprint})  # they may be ranked against each other
    Known({'x': kept}, one)
    with pytest.raises(ValueError, match=rf'x: was embedded in {kept.encoder.precision} precision, the other images'):
        Known({'x': kept}, other)
    both = join([kept, other(records[2:])])
    for encoder in (one, other):
        with pytest.raises(ValueError, match='x: was embedded in float32 and mixed precision'):
            Known({'x': both}, encoder)
    one(records, parts=tmp_path / 'parts', keep=True)
    with pytest.raises(ValueError, match='batches of another job'):
        other(records, parts=tmp_path / 'parts')
