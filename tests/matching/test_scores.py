import numpy as np
import pytest

from jaguar_mm.matching import Matches, match, pair_score, score_pairs
from tests.matching.animals import Nearest, keypoints

COUNTS = [5, 0, 3, 5, 8, 1]


@pytest.fixture
def images():
    return [keypoints(count, seed) for seed, count in enumerate(COUNTS)]


def brute_force(first, second):
    """The summed confidence of every point of the smaller image, over their number, in plain loops."""
    if not len(first) or not len(second):
        return 0.0
    total = 0.0
    for descriptor in first.descriptors:
        total += max(1 / (1 + float(np.abs(descriptor - other).sum())) for other in second.descriptors)
    return total / min(len(first), len(second))


def test_a_score_is_the_summed_confidence_over_the_smaller_number():
    matches = Matches(np.array([[0, 1], [2, 0]]), np.array([0.5, 0.25], np.float32))
    assert pair_score(matches, keypoints(3), keypoints(10)) == pytest.approx(0.75 / 3)
    assert pair_score(Matches(np.empty((0, 2), int), np.empty(0)), keypoints(0), keypoints(4)) == 0


def test_all_pairs_equal_a_brute_force_reference(images):
    pairs = np.array([(i, j) for i in range(6) for j in range(6) if i != j])
    scores = score_pairs(Nearest(), images, pairs)
    for (i, j), score in zip(pairs, scores, strict=True):
        smaller, larger = sorted(
            (images[i], images[j]), key=lambda each: (len(each), each.points.tobytes(), each.descriptors.tobytes())
        )
        assert score == pytest.approx(brute_force(smaller, larger), abs=1e-3)


def test_neither_order_nor_company_changes_a_score(images):
    pairs = np.array([(i, j) for i in range(6) for j in range(i + 1, 6)])
    scores = score_pairs(Nearest(), images, pairs)
    np.testing.assert_array_equal(score_pairs(Nearest(), images, pairs[:, ::-1]), scores)
    order = np.random.default_rng(0).permutation(len(pairs))
    np.testing.assert_array_equal(score_pairs(Nearest(), images, pairs[order]), scores[order])
    alone = [score_pairs(Nearest(), images, pair[None])[0] for pair in pairs]
    np.testing.assert_array_equal(alone, scores)


def test_images_without_keypoints_are_not_matched(images):
    matcher = Nearest()
    pairs = np.array([(0, 1), (1, 2), (0, 3), (3, 4)])
    score_pairs(matcher, images, pairs)
    assert matcher.asked == [2]
    assert len(score_pairs(matcher, images, np.empty((0, 2), int))) == 0


def test_what_is_drawn_has_the_score_that_is_ranked_by_whichever_image_comes_first(images):
    for i in range(6):
        for j in range(6):
            matches, score = match(Nearest(), images[i], images[j])
            assert score == score_pairs(Nearest(), images, np.array([[i, j]]))[0]
            back, same = match(Nearest(), images[j], images[i])
            assert same == score
            if i != j:
                np.testing.assert_array_equal(back.places[:, ::-1], matches.places)
            assert (matches.places < [max(1, len(images[i])), max(1, len(images[j]))]).all()
