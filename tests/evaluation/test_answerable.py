"""What can be scored with blanks and unknown animals among the images, and what is refused beforehand."""

import numpy as np
import pytest

from jaguar_mm.registry import METRICS
from tests.evaluation.test_reid_metric import evaluate, oracle_map_ib, samples

PROTOCOLS = dict(all={}, same_flank=dict(same=['flank']), other=dict(different=['encounter']))
WHO = ['Abril'] * 4 + [None] * 2 + ['Lua'] * 5 + [None]
FLANKS = ['left', None, 'left', 'left', 'left', None, 'right', 'right', '', 'left', None, 'right']
ENCOUNTERS = [1, 1, None, 2, None, 3, 4, 4, None, 5, float('nan'), 1]


def metric(protocols=PROTOCOLS):
    return METRICS.build(dict(type='ReIDMetric', protocols=protocols))


def records(made):
    return [dict(sample.metainfo) for sample in made]


def given(value):
    return value not in (None, '') and value == value


def expected(made, allowed):
    """The oracle's score; its animals without a name are all different."""
    named = [sample.clone() for sample in made]
    for place, sample in enumerate(named):
        if sample.identity is None:
            sample.set_metainfo(dict(identity=f'nobody {place}'))
    return oracle_map_ib(named, allowed)


def test_blank_values_belong_to_no_group_and_unknown_images_are_distractors():
    made = samples(WHO, flank=FLANKS, encounter=ENCOUNTERS)
    scores = evaluate(metric(), made)
    assert scores['reid/all/raw/mAP_ib'] == pytest.approx(expected(made, lambda q, g: True), abs=1e-6)
    same = expected(made, lambda q, g: given(q.flank) and q.flank == g.flank)
    assert scores['reid/same_flank/raw/mAP_ib'] == pytest.approx(same, abs=1e-6)
    other = expected(made, lambda q, g: not given(q.encounter) or q.encounter != g.encounter)
    assert scores['reid/other/raw/mAP_ib'] == pytest.approx(other, abs=1e-6)
    without = evaluate(metric(), [sample for sample in made if sample.identity])
    assert scores['reid/all/raw/mAP_ib'] != without['reid/all/raw/mAP_ib']


def test_one_unknown_gallery_image_leaves_the_scores_of_all_others():
    roles = ['query' if place % 2 else 'gallery' for place in range(12)]
    made = samples(['Abril'] * 4 + ['Bagua'] * 3 + ['Lua'] * 5, role=roles)
    assert evaluate(metric({'all': {}}), made)
    made[0].set_metainfo(dict(identity=None))
    scores = evaluate(metric({'all': {}}), made)
    assert 0 < scores['reid/mAP_ib'] <= 1


def test_the_check_counts_what_is_not_scored():
    made = samples([*WHO[:-1], 'Ti'], flank=FLANKS, encounter=ENCOUNTERS)
    notes = metric().check(records(made))
    assert notes[:4] == [
        '2 of 12 queries are of unknown identity and are not scored',
        '2 of 12 gallery images are of unknown identity: distractors',
        '4 of 12 images have no encounter and share theirs with no other',
        '4 of 12 images have no flank and share theirs with no other',
    ]
    assert "1 of 12 queries have no right match under 'all'; never scored: Ti" in notes


@pytest.mark.parametrize(
    ('who', 'columns', 'message'),
    [
        (
            ['Abril', 'Lua', 'Ti'],
            {},
            r"no query has a right match under the protocol 'all'.*of the 3 queries .*'Abril' has 1",
        ),
        ([None] * 3, {}, 'no query is of known identity'),
        (['Lua'] * 3, {}, "no query has a wrong match under the protocol 'all'.*'Lua'"),
        (['Abril', 'Abril', 'Lua'], dict(flank=['l', 'r', 'l']), r"'same_flank'.*same=\['flank'\]"),
        (
            ['Abril', 'Abril', 'Lua'],
            dict(flank=['l'] * 3, encounter=[1, 1, None]),
            r"'other'.*different=\['encounter'\]",
        ),
        (['Abril', 'Abril', 'Lua'], dict(flank=['l'] * 3), "needs 'encounter', but no image"),
        (['Abril', 'Abril', 'Lua'], dict(role=['query', None, None]), 'role'),
    ],
)
def test_what_gives_no_score_is_refused_with_a_reason(who, columns, message):
    made = samples(who, **columns)
    protocols = PROTOCOLS if 'flank' in columns else {'all': {}}
    with pytest.raises(ValueError, match=message):
        metric(protocols).check(records(made))


def test_a_test_set_without_identities_is_fine():
    made = records(samples([None] * 4))
    assert metric({'all': {}}).check(made, unlabelled=True) == ['no query is of known identity, so there are no scores']


def test_the_check_agrees_with_the_score_on_random_sets():
    rng = np.random.default_rng(0)
    refused = 0
    for seed in range(60):
        who = [None if number == 0 else f'cat {number}' for number in rng.integers(0, 7, 7)]
        flank, encounter = rng.integers(0, 3, 7).tolist(), rng.integers(0, 2, 7).tolist()
        columns = dict(flank=[value or None for value in flank], encounter=[value or None for value in encounter])
        made = samples(who, seed, **columns)
        try:
            metric().check(records(made))
        except ValueError:
            refused += 1
            with pytest.raises((ValueError, AssertionError)):
                assert evaluate(metric(), made)
        else:
            assert np.isfinite(list(evaluate(metric(), made).values())).all()
    assert 10 < refused < 50


def test_the_plain_score_is_the_first_stage_under_the_first_protocol_whatever_they_are_called():
    stages = [dict(type='Cosine', name='bare'), dict(type='QueryExpansion', k=2)]
    protocols = dict(strict=dict(different=['encounter']), all={})
    made = samples(encounter=[place % 3 for place in range(12)])
    scores = evaluate(METRICS.build(dict(type='ReIDMetric', stages=stages, protocols=protocols)), made)
    assert scores['reid/plain/mAP_ib'] == scores['reid/strict/bare/mAP_ib'] != scores['reid/mAP_ib']
