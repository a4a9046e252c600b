import json

import numpy as np
import pytest
from PIL import Image

from jaguar_mm.images import ImageError
from jaguar_mm.registry import DATASETS
from jaguar_mm.storage.csv_gate import TableError

WIDTH, HEIGHT = 40, 30
PIPELINE = ({'type': 'LoadRGBA'}, {'type': 'CropToAnnotation'})


def made(folder, names=('deep/a.png', 'b.png', 'c.png'), per_image=2):
    """A COCO file of two animals in each image: the one a box, the other a polygon without a box."""
    images, annotations = [], []
    for number, name in enumerate(names):
        path = folder / 'images' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
        images.append({'id': 10 + number, 'file_name': name, 'width': WIDTH, 'height': HEIGHT, 'station': f's{number}'})
        for animal in range(per_image):
            place = {'segmentation': [[4, 6, 20, 6, 20, 16, 4, 16]]} if animal else {'bbox': [10, 5, 12.5, 8]}
            annotations.append(
                {'id': len(annotations), 'image_id': 10 + number, 'category_id': 1 + animal, **place}
                | {'identity': ['Lua', 'Abril'][animal], 'attributes': {'view': 'left', 'name': animal + 7}}
            )
    categories = [{'id': 1, 'name': 'jaguar'}, {'id': 2, 'name': 'puma'}]
    return {'images': images, 'annotations': annotations, 'categories': categories}


@pytest.fixture
def root(tmp_path):
    write(tmp_path, made(tmp_path))
    return tmp_path


def write(root, content):
    (root / 'annotations.json').write_text(content if isinstance(content, str) else json.dumps(content))


def build(root, **options):
    return DATASETS.build({'type': 'CocoReID', 'data_root': str(root), 'data_prefix': 'images', **options})


def infos(dataset):
    return [dataset.get_data_info(i) for i in range(len(dataset))]


def test_each_annotation_is_a_sample(root):
    dataset = build(root, encounter_field='station', flank_field='view')
    names = ['deep/a.png#0', 'deep/a.png#1', 'b.png#2', 'b.png#3', 'c.png#4', 'c.png#5']
    assert [info['image_name'] for info in infos(dataset)] == names
    assert infos(dataset)[1]['img_path'] == str(root / 'images/deep/a.png')
    assert [info['identity'] for info in infos(dataset)] == ['Lua', 'Abril'] * 3
    assert [info['group'] for info in infos(dataset)] == [name[:-2] for name in names]
    assert [info['encounter'] for info in infos(dataset)] == ['s0', 's0', 's1', 's1', 's2', 's2']
    assert {info['flank'] for info in infos(dataset)} == {'left'}
    assert dataset.metainfo['classes'] == ('Abril', 'Lua')
    assert list(dataset.get_gt_labels()) == [1, 0] * 3


def test_a_sample_is_its_cut_out(root):
    dataset = build(root, pipeline=PIPELINE)
    whole = np.array(Image.open(root / 'images/deep/a.png'))
    boxed, masked = dataset[0], dataset[1]
    np.testing.assert_array_equal(boxed['img'][..., :3], whole[5:13, 10:23])  # up to 22.5: the pixel that it touches
    assert not boxed['has_alpha']
    np.testing.assert_array_equal(masked['img'][..., :3], whole[6:16, 4:20])
    assert masked['has_alpha']
    assert (masked['img'][..., 3] == 255).all()
    assert masked['img_shape'] == (10, 16)


def test_a_mask_is_the_alpha_and_a_margin_shows_beside_it(root):
    dataset = build(root, pipeline=[PIPELINE[0], dict(PIPELINE[1], margin=0.25)])
    image = dataset[1]['img']
    assert image.shape == (10 + 2 * 2, 16 + 2 * 4, 4)  # round(2.5) is 2
    expected = np.zeros(image.shape[:2], np.uint8)
    expected[2:-2, 4:-4] = 255
    np.testing.assert_array_equal(image[..., 3], expected)


@pytest.mark.parametrize(
    ('field', 'identities'), [('category', {'jaguar', 'puma'}), ('name', {'7', '8'}), ('station', {'s0', 's1', 's2'})]
)
def test_identities_from_another_field(root, field, identities):
    assert {info['identity'] for info in infos(build(root, identity_field=field))} == identities


def test_unknown_animals_belong_to_no_part(root):
    content = made(root)
    content['annotations'][0]['identity'] = None
    content['annotations'][3]['identity'] = ''
    write(root, content)
    assert [info['identity'] for info in infos(build(root))] == [None, 'Abril', 'Lua', None, 'Lua', 'Abril']
    record = build(root, subset='train').split_record()
    assert record['unknown'] == ['b.png#3', 'deep/a.png#0']
    assert sorted(record['train'] + record['val']) == ['b.png#2', 'c.png#4', 'c.png#5', 'deep/a.png#1']


def test_images_that_all_show_everyone_leave_nothing_to_hold_out(root):
    with pytest.raises(ValueError, match=r"annotations\.json: no image is left for subset='val'"):
        build(root, subset='val')


@pytest.mark.parametrize('seed', range(4))
def test_no_split_parts_the_animals_of_an_image(tmp_path, seed):
    content = made(tmp_path, [f'{number}.png' for number in range(10)], per_image=1)
    again = [entry | {'id': 100 + entry['id'], 'bbox': [0, 0, 9, 9]} for entry in content['annotations']]
    content['annotations'] += again  # the same animal twice in each image
    write(tmp_path, content)
    parts = [infos(build(tmp_path, subset=subset, split_seed=seed)) for subset in ('train', 'val')]
    assert [len(part) for part in parts] == [16, 4]
    assert not {info['img_path'] for info in parts[0]} & {info['img_path'] for info in parts[1]}


def test_groups_are_told_by_file(root):
    (root / 'groups.csv').write_text('filename,group\ndeep/a.png,x\nb.png,x\nc.png,y\n')
    assert [info['group'] for info in infos(build(root, groups='groups.csv'))] == ['x'] * 4 + ['y'] * 2


def test_a_pipeline_that_shows_the_whole_image_is_refused(root):
    with pytest.raises(ValueError, match="add dict\\(type='CropToAnnotation'\\)"):
        build(root, pipeline=PIPELINE[:1])


def changed(**fields):
    return lambda content: content['annotations'][1].update(fields)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (changed(id=0), 'annotation 0 comes twice'),
        (changed(id=None), r'annotation entry 1 \(from 0\) has no id'),
        (changed(image_id=99), 'annotation 1: its image_id 99 is not in the file'),
        (changed(image_id=[10]), r'annotation 1: its image_id \[10\] is not in the file'),
        (changed(category_id=99), 'annotation 1: its category_id 99 is not in the file'),
        (changed(bbox=[1, 2, 3]), r'annotation 1: its bbox \[1, 2, 3\] is not'),
        (changed(bbox=[1, 2, 0, 3]), 'annotation 1: its bbox .* with an area'),
        (changed(bbox=[1, 2, float('nan'), 3]), 'annotation 1: its bbox .* with an area'),
        (changed(bbox=[1, 2, '3', 3]), 'annotation 1: its bbox .* with an area'),
        (changed(bbox=[40, 2, 5, 5]), 'annotation 1: its bbox lies outside the image of 40 x 30 pixels'),
        (changed(bbox=[-9, 2, 9, 5]), 'annotation 1: its bbox lies outside the image of 40 x 30 pixels'),
        (changed(segmentation=[[50, 6, 60, 6, 60, 9]]), 'annotation 1: its segmentation lies outside'),
        (changed(segmentation=[[4, 6, 20, 6]]), 'annotation 1: its polygon'),
        (changed(segmentation=7), 'annotation 1: its segmentation is neither polygons nor RLE'),
        (changed(segmentation=[]), 'annotation 1: has neither bbox nor segmentation'),
        (changed(identity=1.5), 'annotation 1: identity 1.5 is neither a text nor a whole number'),
        (changed(identity=['Lua']), 'annotation 1: identity .* is neither a text nor a whole number'),
        (changed(identity='Lua '), "annotation 1: identity 'Lua ' has a space at an end"),
        (changed(identity='lua'), "annotation 1: 'lua' and 'Lua' of annotation 0 differ only in case"),
        (lambda content: content['images'][1].update(id=10), 'image 10 comes twice'),
        (lambda content: content['images'][1].pop('file_name'), 'image 11 has no file_name'),
        (lambda content: content['images'][1].update(file_name='../b.png'), "image 11: '../b.png' is no plain path"),
        (
            lambda content: content['images'][0].update(width='40'),
            r"annotation 0: the width .*\('40', 30\), are no num",
        ),
        (lambda content: content['images'][0].update(height=10**40), 'annotation 0: the width and height'),
        (lambda content: content.pop('images'), '.*no list of image entries'),
        (lambda content: content.update(annotations={}), '.*no list of annotation entries'),
        (lambda content: content.update(annotations=[]), 'has no annotations'),
    ],
)
def test_what_is_wrong_in_the_file_is_named(root, change, message):
    content = made(root)
    change(content)
    write(root, content)
    with pytest.raises(TableError, match=rf'annotations\.json: {message}'):
        build(root)


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('', 'line 1: not a JSON file'),
        ('{"images":\n [1,, 2]}', 'line 2: not a JSON file'),
        ('[]', 'not a COCO file'),
        ('[' * 100_000, 'not a COCO file'),
        ('{"images": ' + '9' * 5000 + '}', 'not a COCO file'),
    ],
)
def test_what_is_no_coco_file_is_named(root, text, message):
    write(root, text)
    with pytest.raises(TableError, match=rf'annotations\.json: {message}'):
        build(root)


def test_an_absent_file_field_or_image_is_named(root):
    with pytest.raises(FileNotFoundError, match=r'gone\.json: no such file of annotations'):
        build(root, ann_file='gone.json')
    with pytest.raises(TableError, match=r"no annotation has 'names' of identity_field, only \['attributes', 'bbox'"):
        build(root, identity_field='names')
    (root / 'images/b.png').unlink()
    with pytest.raises(FileNotFoundError, match=r"2 of 6 images are missing, the first is 'b\.png'"):
        build(root)


@pytest.mark.parametrize(
    ('fields', 'message'),
    [
        ({'segmentation': {'size': [30, 40], 'counts': [1200]}}, 'the mask is empty'),
        ({'segmentation': [[4, 6, 20, 6, 20, 16, 4, 16]], 'bbox': [30, 20, 5, 5]}, 'the mask is empty'),
        ({'segmentation': {'size': [30, 41], 'counts': [1230]}}, r'the image has \[30, 40\]'),
    ],
)
def test_a_mask_that_does_not_fit_is_named_with_its_image(root, fields, message):
    content = made(root)
    content['annotations'][1].update(fields)
    write(root, content)
    with pytest.raises(ImageError, match=rf'deep/a\.png: annotation 1: .*{message}'):
        build(root, pipeline=PIPELINE)[1]


def test_another_image_than_the_annotated_one_is_named(root):
    Image.new('RGB', (HEIGHT, WIDTH)).save(root / 'images/b.png')  # turned, as a viewer that heeds EXIF shows it
    with pytest.raises(ImageError, match=r'b\.png: annotation 2: was made on 40 x 30 pixels.* has 30 x 40'):
        build(root, pipeline=PIPELINE)[2]


def test_a_box_outside_an_image_of_unknown_size_is_named(root):
    content = made(root)
    del content['images'][0]['width']
    content['annotations'][0]['bbox'] = [41, 5, 8, 8]
    write(root, content)
    with pytest.raises(ImageError, match=r'a\.png: annotation 0: its bbox .* lies outside the image of 40 x 30'):
        build(root, pipeline=PIPELINE)[0]


def test_a_box_is_cut_at_the_edge(root):
    content = made(root)
    content['annotations'][0]['bbox'] = [-3.5, 25, 10, 99]
    write(root, content)
    assert build(root, pipeline=PIPELINE)[0]['img'].shape == (5, 7, 4)


def test_a_whole_number_of_pixels_may_be_written_as_a_decimal(root):
    content = made(root)
    expected = [build(root).get_data_info(place) for place in range(6)]
    for image in content['images']:
        image.update(width=float(WIDTH), height=float(HEIGHT))
    write(root, content)
    assert [build(root).get_data_info(place) for place in range(6)] == expected
    content['images'][0].update(width=40.5)
    write(root, content)
    with pytest.raises(TableError, match=r'of its image, \(40\.5, 30\.0\), are no numbers of pixels'):
        build(root)


def test_megadetector_s_output_is_told_from_coco(root):
    found = {'file': 'b.png', 'detections': [{'category': '1', 'conf': 0.9, 'bbox': [0.1, 0.1, 0.5, 0.5]}]}
    write(root, {'images': [found], 'detection_categories': {'1': 'animal'}, 'info': {}})
    with pytest.raises(TableError, match=r"annotations\.json: is MegaDetector's output"):
        build(root)
