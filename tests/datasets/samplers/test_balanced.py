from collections import Counter
from itertools import groupby

import pytest

from jaguar_mm.registry import DATA_SAMPLERS

SIZES = {'Abril': 1, 'Bela': 2, 'Lua': 7, 'Ti': 20}
LABELS = [name for name, size in SIZES.items() for _ in range(size)]


class Records:
    """A data set of nothing but records."""

    def __init__(self, **columns):
        self.columns = columns

    def __len__(self):
        return len(next(iter(self.columns.values())))

    def get_data_info(self, index):
        return {name: values[index] for name, values in self.columns.items()} | {'image_name': f'{index}.png'}


def build(kind, dataset, rank=0, world_size=1, **options):
    made = DATA_SAMPLERS.build(dict(type=kind, dataset=dataset, **{'seed': 3, **options}))
    made.rank, made.world_size = rank, world_size
    return made


def epoch(made, number=0):
    made.set_epoch(number)
    return [draw.index for draw in made]


@pytest.mark.parametrize('world_size', [1, 2, 3])
@pytest.mark.parametrize(('classes', 'images'), [(2, 2), (3, 1), (4, 3)])
def test_every_batch_of_every_process_has_p_classes_of_k_images(world_size, classes, images):
    dataset = Records(gt_label=LABELS)
    options = dict(classes=classes, images=images, world_size=world_size)
    lengths = set()
    for rank in range(world_size):
        for number in range(3):
            drawn = epoch(build('IdentityBalancedSampler', dataset, rank, **options), number)
            lengths.add(len(drawn))
            for start in range(0, len(drawn), classes * images):
                batch = Counter(LABELS[index] for index in drawn[start : start + classes * images])
                assert sorted(batch.values()) == [images] * classes
    assert len(lengths) == 1


def test_classes_come_equally_often_and_their_images_in_turn():
    drawn = epoch(build('IdentityBalancedSampler', Records(gt_label=LABELS), classes=2, images=2))
    of_class = Counter(LABELS[index] for index in drawn)
    assert max(of_class.values()) - min(of_class.values()) <= 2
    for name, size in SIZES.items():
        times = Counter(index for index in drawn if LABELS[index] == name)
        assert max(times.values()) - min(times.values()) <= 1 or len(times) < size


@pytest.mark.parametrize('images', [2, 3, 4])
def test_chunks_show_every_image_once_and_lone_ones_twice(images):
    made = build('IdentityChunkSampler', Records(gt_label=LABELS), images=images, batch=1)
    for number in range(3):
        drawn = epoch(made, number)
        counts = Counter(drawn)
        assert counts.pop(LABELS.index('Abril')) == 2
        assert sorted(counts) == [index for index in range(len(LABELS)) if LABELS[index] != 'Abril']
        assert set(counts.values()) == {1}
        runs = [list(run) for _, run in groupby(drawn, lambda index: LABELS[index])]
        assert min(map(len, runs)) >= 2  # nobody is without a partner
        assert len(runs) > len(SIZES)  # large classes come in several chunks


def test_a_process_gets_its_batch_in_a_row():
    dataset = Records(gt_label=LABELS)
    options = dict(images=4, batch=8)
    whole = epoch(build('IdentityChunkSampler', dataset, **options))
    parts = [epoch(build('IdentityChunkSampler', dataset, rank, 2, **options)) for rank in range(2)]
    assert [len(part) for part in parts] == [16, 16]
    dealt = parts[0][:8] + parts[1][:8] + parts[0][8:] + parts[1][8:]
    assert dealt[:31] == whole[:31]
    with pytest.raises(ValueError, match=r'sampler\.images is 1, a chunk needs at least 2'):
        build('IdentityChunkSampler', dataset, images=1)


def test_a_class_balanced_epoch_shows_every_class_equally_often():
    dataset = Records(gt_label=LABELS)
    first, second = (epoch(build('ClassBalancedSampler', dataset), number) for number in (0, 1))
    assert len(first) == len(LABELS)
    counts = Counter(LABELS[index] for index in first)
    assert max(counts.values()) - min(counts.values()) <= 1
    assert {index for index in first if LABELS[index] == 'Ti'} != {index for index in second if LABELS[index] == 'Ti'}


@pytest.mark.parametrize('kind', ['EpochSampler', 'ClassBalancedSampler'])
def test_no_burst_gives_more_than_its_limit(kind):
    groups = [index // 5 for index in range(len(LABELS))]
    dataset = Records(gt_label=LABELS, group=groups)
    seen = set()
    for number in range(6):
        drawn = epoch(build(kind, dataset, burst_limit=2), number)
        assert len(drawn) == 12
        assert all(len(images) <= 2 for images in images_of_groups(drawn, groups).values())
        seen.update(drawn)
    if kind == 'EpochSampler':
        assert len(set(drawn)) == 12
        assert len(seen) > 24  # other frames in other epochs


def images_of_groups(drawn, groups):
    found = {}
    for index in drawn:
        found.setdefault(groups[index], set()).add(index)
    return found


@pytest.mark.parametrize(
    ('kind', 'options'),
    [
        ('ClassBalancedSampler', {}),
        ('IdentityBalancedSampler', dict(classes=2, images=2)),
        ('IdentityChunkSampler', dict(images=3, batch=5)),
        ('EpochSampler', {}),
    ],
)
def test_an_epoch_depends_on_seed_and_number_alone(kind, options):
    dataset = Records(gt_label=LABELS)
    assert epoch(build(kind, dataset, **options), 5) == epoch(build(kind, dataset, **options), 5)
    several = {tuple(epoch(build(kind, dataset, seed=seed, **options), number)) for seed in (1, 2) for number in (1, 2)}
    assert len(several) == 4
    made = build(kind, dataset, **options)
    whole = epoch(made, 2)
    made.skip(4)
    assert epoch(made, 2) == whole[4:]


def test_what_is_missing_is_named():
    with pytest.raises(ValueError, match=r"needs 'group' of every image, 0\.png has none"):
        build('EpochSampler', Records(gt_label=LABELS), burst_limit=1)
    with pytest.raises(ValueError, match=r'classes is 5, but there are 4 classes'):
        build('IdentityBalancedSampler', Records(gt_label=LABELS), classes=5, images=1)
