import numpy as np
import pytest

from jaguar_mm.matching import Keypoints, lnbnn_scores
from jaguar_mm.retrieval import Apart
from tests.matching.animals import keypoints

COUNTS = [5, 0, 9, 3, 7, 1]
BURSTS = ['a', 'b', 'a', '', None, 'b']
FLANKS = ['left', 'left', 'left', 'right', 'right', '']


def images(counts=COUNTS, seed=0, dtype=np.float32):
    made = [keypoints(count, seed + place) for place, count in enumerate(counts)]
    return [described(each, each.descriptors.astype(dtype)) for each in made]


def described(image, descriptors):
    return Keypoints(image.points, descriptors, image.scores, image.box)


def literally(query, gallery, k, classes=None, left_out=lambda q, g: False):
    """Algorithm 2 of the paper in plain loops: {class: score} of each query."""
    scores = []
    for q, image in enumerate(query):
        totals = {}
        for descriptor in image.descriptors:
            neighbours = []
            for g, other in enumerate(gallery):
                if not left_out(q, g):
                    neighbours += [(distance(descriptor, each), g) for each in other.descriptors]
            nearest = sorted(neighbours)[: k + 1]
            if not nearest:
                continue
            to_background = nearest[-1][0]
            of_class = {}
            for to_image, g in nearest[:k]:
                name = g if classes is None else classes[g]
                of_class[name] = min(of_class.get(name, np.inf), to_image)
            for name, to_class in of_class.items():
                totals[name] = totals.get(name, 0) + max(0, to_background - to_class)
        scores.append({name: total / len(image) for name, total in totals.items() if total > 1e-7 and name != -1})
    return scores


def distance(one, other):
    one, other = (each.astype(float) / np.linalg.norm(each.astype(float)) for each in (one, other))
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def by_class(found):
    """The same of what the function returns."""
    return [
        {int(name): score for score, name in zip(*lists, strict=True) if score > 1e-7}
        for lists in zip(*found, strict=True)
    ]


def check(found, expected):
    scores, classes = found
    assert scores.dtype == np.float64
    assert ((scores > 0) == (classes >= 0)).all()
    assert (np.diff(scores, axis=1) <= 0).all()  # best first, then what fills up
    for got, wanted in zip(by_class(found), expected, strict=True):
        assert got == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize('dtype', [np.float16, np.float32, np.float64])
@pytest.mark.parametrize('k', [1, 3, 40])
def test_scores_are_those_of_the_paper(k, dtype):
    query, gallery = images([4, 0, 6], 50, dtype), images(dtype=dtype)
    check(lnbnn_scores(query, gallery, k), literally(query, gallery, k))


@pytest.mark.parametrize('k', [1, 4])
def test_animals_are_classes_and_some_images_show_none(k):
    query, gallery, classes = images([4, 6], 50), images(), [2, 0, 2, 1, -1, 1]
    check(lnbnn_scores(query, gallery, k, classes=np.array(classes)), literally(query, gallery, k, classes))


def test_in_one_set_an_image_is_no_neighbour_of_itself():
    own = images()
    check(lnbnn_scores(own, k=3), literally(own, own, 3, left_out=lambda q, g: q == g))
    assert not (lnbnn_scores(own, k=3)[1] == np.arange(len(own))[:, None]).any()


@pytest.mark.parametrize('one_set', [True, False])
def test_images_apart_are_neither_neighbour_nor_normaliser(one_set):
    own = images()
    columns = (BURSTS, FLANKS) if one_set else ((BURSTS, BURSTS), (FLANKS, FLANKS))
    apart = Apart(different=columns[:1], same=columns[1:])

    def left_out(q, g):
        burst = bool(BURSTS[q]) and BURSTS[q] == BURSTS[g]
        return burst or not FLANKS[q] or FLANKS[q] != FLANKS[g] or (one_set and q == g)

    check(lnbnn_scores(own, None if one_set else own, 2, apart=apart), literally(own, own, 2, left_out=left_out))


def test_a_gallery_in_another_order_gives_the_same_scores():
    query, gallery = images([4, 6, 3], 50), images()
    gallery[3] = gallery[2]  # copies tie
    order = np.random.default_rng(0).permutation(len(gallery))
    straight, shuffled = lnbnn_scores(query, gallery, 3), lnbnn_scores(query, [gallery[place] for place in order], 3)
    np.testing.assert_array_equal(straight[0], shuffled[0])
    back = [{int(order[name]): score for name, score in scores.items()} for scores in by_class(shuffled)]
    assert back == by_class(straight)


def test_blocks_of_queries_change_nothing(monkeypatch):
    own, told = images(), []
    whole = lnbnn_scores(own, k=3)
    monkeypatch.setattr('jaguar_mm.matching.lnbnn.AT_ONCE', 4)
    for one, other in zip(whole, lnbnn_scores(own, k=3, advance=told.append), strict=True):
        np.testing.assert_array_equal(one, other)
    assert told == [4, 2]


@pytest.mark.parametrize(
    ('query', 'gallery'),
    [([], [3, 2]), ([0, 0], [3, 2]), ([3], [0, 0]), ([3], []), ([3], None), ([], None), ([0], None), ([3], [1])],
)
def test_where_there_is_nothing_to_compare_there_are_no_scores(query, gallery):
    scores, classes = lnbnn_scores(images(query), None if gallery is None else images(gallery, 9), 2)
    assert scores.shape == classes.shape == (len(query), 1)
    assert (scores == 0).all()
    assert (classes == -1).all()


def with_descriptors(values):
    image = keypoints(3)
    return described(image, np.where(np.arange(3)[:, None] == 1, values, image.descriptors))


@pytest.mark.parametrize(
    ('gallery', 'options', 'sentence'),
    [
        (images(), dict(k=0), 'k counts neighbours and must be at least 1, got 0'),
        (images(), dict(classes=np.zeros(3, int)), r'classes must be 6 integers from -1 up.* got int64 \(3,\)'),
        (images(), dict(classes=np.array(['Lua'] * 6)), r'number names by np\.unique'),
        (images(), dict(classes=np.full(6, -2)), 'integers from -1 up'),
        (images(), dict(apart=(['a'] * 2, ['a'] * 5)), r'similarity is \(2, 6\), but there are groups for 2 .* 5'),
        ([*images(), with_descriptors(np.nan)], {}, 'gallery image 6 has a descriptor with NaN, Inf or only zeros'),
        ([*images(), with_descriptors(0)], {}, 'gallery image 6 has a descriptor with NaN'),
        ([*images(), keypoints(2, width=5)], {}, 'gallery image 6 has descriptors of width 5, image 0 of 4'),
        ([keypoints(2, width=5)], {}, 'query has width 4, gallery 5'),
    ],
)
def test_what_cannot_be_compared_is_refused(gallery, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        lnbnn_scores(images([2, 3], 50), gallery, **options)
