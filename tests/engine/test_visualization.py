"""--show-dir: one drawing of each image, in the folders of the images, and nowhere else."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.visualization import Visualizer
from mmpretrain.structures import DataSample

from jaguar_mm.engine.hooks.visualization import drawing_name
from jaguar_mm.registry import HOOKS, VISUALIZERS


@pytest.fixture(autouse=True)
def visualizer(tmp_path):
    """The visualizer that a runner would have made."""
    before = dict(Visualizer._instance_dict)
    backends = [dict(type='LocalVisBackend')]
    yield VISUALIZERS.build(
        dict(type='UniversalVisualizer', name=tmp_path.name, save_dir=str(tmp_path), vis_backends=backends)
    )
    Visualizer._instance_dict.clear()
    Visualizer._instance_dict.update(before)


class Loader:
    batch_size = 2


class Runner:
    test_dataloader = val_dataloader = Loader()
    epoch = 7


def samples(*names):
    return [DataSample(metainfo=dict(image_name=name, img_path=f'/data/{name}')) for name in names]


def draw(batches, moment='test', **settings):
    hook = HOOKS.build(dict(type='VisualizationHook', enable=True, interval=1) | settings)
    for number, batch in enumerate(batches):
        inputs = torch.randint(0, 255, (len(batch), 3, 40, 60), dtype=torch.uint8)
        getattr(hook, f'after_{moment}_iter')(Runner(), number, {'inputs': inputs}, batch)


def drawn(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob('*.png'))


def test_equal_names_in_two_folders_are_two_drawings(tmp_path):
    names = ['A/p5.jpg', 'D/p5.jpg', 'p5.jpg', 'photo.jpg#12', 'photo.jpg#3', 'é, "x".jpg']
    draw([samples(*names[:2]), samples(*names[2:4]), samples(*names[4:])], out_dir=str(tmp_path / 'shown'))
    assert drawn(tmp_path / 'shown') == sorted(f'{name}_0.png' for name in names)
    for path in (tmp_path / 'shown').rglob('*.png'):
        assert cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR).shape == (40, 60, 3)


def test_a_validation_has_its_epoch_in_the_name(tmp_path):
    draw([samples('A/a.jpg')], 'val', out_dir=str(tmp_path / 'shown'))
    assert drawn(tmp_path / 'shown') == ['A/a.jpg_7.png']


def test_one_in_so_many_also_when_the_last_batch_is_smaller(tmp_path):
    draw([samples('0', '1'), samples('2', '3'), samples('4')], out_dir=str(tmp_path / 'shown'), interval=2)
    assert drawn(tmp_path / 'shown') == ['0_0.png', '2_0.png', '4_0.png']


@pytest.mark.parametrize(
    'name', ['../a.jpg', '/a.jpg', 'C:/a.jpg', 'C:\\a.jpg', 'a/../../b.jpg', './a.jpg', 'a\\..\\b']
)
def test_no_name_leads_out_of_the_folder(name, tmp_path):
    sample = DataSample(metainfo=dict(image_name=name, img_path=str(tmp_path / 'in' / '..' / 'a.jpg')))
    draw([[sample]], out_dir=str(tmp_path / 'shown'))
    (only,) = drawn(tmp_path)
    assert only == f'shown{tmp_path}/a.jpg_0.png'


def test_a_sample_of_another_library_has_a_name_too():
    paths = [DataSample(metainfo=dict(img_path=path)) for path in ('/data/A/p5.jpg', 'A/p5.jpg', 'C:/p5.jpg')]
    names = [drawing_name(sample, 0) for sample in paths]
    assert names[0] == 'data/A/p5.jpg'
    assert len(set(names)) == 3
    assert not any(Path(name).is_absolute() for name in names)
    assert drawing_name(DataSample(), 12) == '0_12'


def test_without_a_folder_the_backends_keep_both(tmp_path):
    draw([samples('A/p5.jpg', 'D/p5.jpg')])
    assert drawn(tmp_path / 'vis_data') == ['vis_image/A%2Fp5.jpg_0.png', 'vis_image/D%2Fp5.jpg_0.png']


def test_nothing_is_drawn_unless_enabled(tmp_path):
    draw([samples('a.jpg')], out_dir=str(tmp_path / 'shown'), enable=False)
    assert not (tmp_path / 'shown').exists()
