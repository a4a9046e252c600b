"""How far two images agree in their keypoints."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jaguar_mm.matching.keypoints import Keypoints, Matcher, Matches


def pair_score(matches: Matches, first: Keypoints, second: Keypoints) -> float:
    """Return the summed confidence over the smaller number of keypoints, from 0 to 1; 0 if an image has none.

    The number of matches alone says less: on nyala it found the right animal for 0.50 where this found it for 0.70.

    Args:
        matches: What corresponds.
        first: Keypoints of the one image.
        second: Keypoints of the other.
    """
    fewer = min(len(first), len(second))
    return float(matches.confidences.sum() / fewer) if fewer else 0.0


def match(matcher: Matcher, first: Keypoints, second: Keypoints) -> tuple[Matches, float]:
    """Return what corresponds in one pair of images, and its score as :func:`score_pairs` gives it.

    Args:
        matcher: What finds it.
        first: Keypoints of the one image.
        second: Keypoints of the other.
    """
    if not len(first) or not len(second):
        return Matches(np.empty((0, 2), np.int64), np.empty(0, np.float32)), 0.0
    one, other = _ordered(first, second)
    matches = matcher.match([one], [other])[0]
    score = pair_score(matches, one, other)
    return (matches if one is first else Matches(matches.places[:, ::-1], matches.confidences)), score


def score_pairs(matcher: Matcher, keypoints: Sequence[Keypoints], pairs: np.ndarray) -> np.ndarray:
    """Score pairs of images.

    A pair has one score, whichever image comes first, and whatever other pairs are scored with it.

    Args:
        matcher: What finds correspondences.
        keypoints: Of all images (N).
        pairs: Indices of the two images of each pair, (P, 2).

    Returns:
        Scores, float32 (P,).
    """
    scores = np.zeros(len(pairs), np.float32)
    ordered = [_ordered(keypoints[one], keypoints[other]) for one, other in pairs]
    matchable = [place for place, pair in enumerate(ordered) if all(map(len, pair))]
    first, second = [ordered[place][0] for place in matchable], [ordered[place][1] for place in matchable]
    for place, matches in zip(matchable, matcher.match(first, second), strict=True):
        scores[place] = pair_score(matches, *ordered[place])
    return scores


def _ordered(one: Keypoints, other: Keypoints) -> tuple[Keypoints, Keypoints]:
    """Return two images in an order that does not depend on which was named first."""
    keys = [(len(each), each.points.tobytes(), each.descriptors.tobytes()) for each in (one, other)]
    return (one, other) if keys[0] <= keys[1] else (other, one)
