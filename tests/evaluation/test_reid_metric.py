import numpy as np
import pytest
import torch
from mmpretrain.structures import DataSample
from sklearn.metrics import average_precision_score

from jaguar_mm.evaluation.sides import by_role, sides_by_role
from jaguar_mm.registry import METRICS
from jaguar_mm.storage import EmbeddingSet

IDENTITIES = ['Abril'] * 4 + ['Bagua'] * 3 + ['Lua'] * 5


def samples(identities=IDENTITIES, seed=0, **columns):
    generator = torch.Generator().manual_seed(seed)
    made = []
    for i, identity in enumerate(identities):
        meta = dict(image_name=f'{i:03d}.png', img_path=f'images/{i:03d}.png', identity=identity)
        meta |= {name: values[i] for name, values in columns.items()}
        sample = DataSample(metainfo=meta)
        embedding = torch.nn.functional.normalize(torch.randn(6, generator=generator), dim=0)
        sample.set_field(embedding, 'embedding')
        made.append(sample)
    return made


def evaluate(metric, made):
    metric.process(None, [sample.to_dict() for sample in made])
    return metric.evaluate(len(made))


def oracle_map_ib(made, allowed=lambda q, g: True):
    by_identity = {}
    for q in made:
        others = [g for g in made if g is not q and allowed(q, g)]
        relevant = [g.identity == q.identity for g in others]
        if any(relevant):
            scores = [float(q.embedding @ g.embedding) for g in others]
            by_identity.setdefault(q.identity, []).append(average_precision_score(relevant, scores))
    return float(np.mean([np.mean(values) for values in by_identity.values()]))


def test_scores_match_an_oracle():
    made = samples()
    scores = evaluate(METRICS.build(dict(type='ReIDMetric')), made)
    assert scores['reid/mAP_ib'] == pytest.approx(oracle_map_ib(made), abs=1e-6)
    assert scores['reid/all/raw/mAP_ib'] == scores['reid/mAP_ib']


def test_frames_of_the_query_s_burst_are_neither_hit_nor_miss_where_bursts_are_known():
    groups = ['a', 'a', 'b', None, 'c', 'c', 'd', 'e', 'e', 'e', 'f', None]
    made = samples(group=groups)
    metric = METRICS.build(dict(type='ReIDMetric'))
    assert 'group' in metric.needed([dict(image_name='x', group='a')])
    assert 'group' not in metric.needed([dict(image_name='x')])
    scores = evaluate(metric, made)

    def other_burst(q, g):
        return q.group is None or q.group != g.group

    honest = oracle_map_ib(made, other_burst)
    assert honest != pytest.approx(oracle_map_ib(made), abs=1e-3)
    assert scores['reid/mAP_ib'] == scores['reid/plain/mAP_ib'] == pytest.approx(honest, abs=1e-6)
    assert scores['reid/other_bursts/raw/mAP_ib'] == scores['reid/mAP_ib']
    assert scores['reid/all/raw/mAP_ib'] == pytest.approx(oracle_map_ib(made), abs=1e-6)


def test_bursts_that_hold_all_of_every_animal_leave_the_plain_protocol():
    made = samples(group=IDENTITIES)
    scores = evaluate(METRICS.build(dict(type='ReIDMetric')), made)
    assert scores['reid/mAP_ib'] == pytest.approx(oracle_map_ib(made), abs=1e-6)
    assert 'reid/other_bursts/raw/mAP_ib' not in scores


def test_protocols_that_are_given_are_taken_as_they_are():
    made = samples(group=IDENTITIES)
    scores = evaluate(METRICS.build(dict(type='ReIDMetric', protocols=dict(mine={}))), made)
    assert {key for key in scores if key.count('/') == 3} == {'reid/mine/raw/mAP_ib'}


def test_protocols_restrict_the_gallery():
    rng = np.random.default_rng(0)
    flanks = rng.choice(['left', 'right'], len(IDENTITIES)).tolist()
    encounters = rng.integers(0, 5, len(IDENTITIES)).tolist()
    made = samples(flank=flanks, encounter=encounters)
    protocols = dict(all={}, same_flank=dict(same=['flank']), strict=dict(same='flank', different='encounter'))
    scores = evaluate(METRICS.build(dict(type='ReIDMetric', protocols=protocols)), made)
    same = oracle_map_ib(made, lambda q, g: q.flank == g.flank)
    strict = oracle_map_ib(made, lambda q, g: q.flank == g.flank and q.encounter != g.encounter)
    assert scores['reid/same_flank/raw/mAP_ib'] == pytest.approx(same, abs=1e-6)
    assert scores['reid/strict/raw/mAP_ib'] == pytest.approx(strict, abs=1e-6)
    assert scores['reid/mAP_ib'] == pytest.approx(oracle_map_ib(made), abs=1e-6)


def test_query_and_gallery_roles():
    roles = ['query' if i % 2 else 'gallery' for i in range(len(IDENTITIES))]
    made = samples(role=roles)
    metric = METRICS.build(dict(type='ReIDMetric'))
    scores = evaluate(metric, made)
    queries = [s for s in made if s.role == 'query']
    gallery = [s for s in made if s.role == 'gallery']
    hits = []
    for q in queries:
        best = max(gallery, key=lambda g: float(q.embedding @ g.embedding))
        hits.append(best.identity == q.identity)
    assert scores['reid/CMC@1'] == pytest.approx(np.mean(hits))
    assert len(metric.run.sides.query) == len(queries)


def test_embeddings_are_cut_by_role_as_records_are():
    roles = ['query', 'gallery', 'gallery', 'query']
    records = [{'image_name': f'{row}.png', 'role': role} for row, role in enumerate(roles)]
    table = EmbeddingSet([record['image_name'] for record in records], np.eye(4, dtype=np.float32), {'role': roles})
    queries, gallery = by_role(records)
    sides = sides_by_role(table)
    assert sides.query.names == [record['image_name'] for record in queries] == ['0.png', '3.png']
    assert sides.gallery.names == [record['image_name'] for record in gallery] == ['1.png', '2.png']
    np.testing.assert_array_equal(sides.gallery.vectors, np.eye(4)[1:3])
    alone = EmbeddingSet(table.names, table.vectors)
    assert sides_by_role(alone).gallery is None
    assert sides_by_role(alone).query.names == table.names
    for wrong in (['query'] * 4, ['query', 'gallery', None, 'query'], ['probe', 'gallery', 'query', 'query']):
        with pytest.raises(ValueError, match="must all be 'query' or 'gallery'"):
            sides_by_role(EmbeddingSet(table.names, table.vectors, {'role': wrong}))
        with pytest.raises(ValueError, match="must all be 'query' or 'gallery'"):
            by_role([{**record, 'role': role} for record, role in zip(records, wrong, strict=True)])


def test_unlabelled_images_give_similarities_and_no_scores():
    metric = METRICS.build(dict(type='ReIDMetric'))
    made = samples([None] * 5)
    assert evaluate(metric, made) == {}
    assert metric.run.rankings['raw'].shape == (5, 5)


def test_a_second_evaluation_starts_afresh():
    metric = METRICS.build(dict(type='ReIDMetric'))
    first = evaluate(metric, samples(seed=1))
    assert evaluate(metric, samples(seed=2)) != first
    assert evaluate(metric, samples(seed=1)) == first


def test_an_image_evaluated_twice_is_named():
    made = samples()
    with pytest.raises(ValueError, match=r'003\.png'):
        evaluate(METRICS.build(dict(type='ReIDMetric')), [*made, made[3]])


def test_a_missing_column_is_named():
    metric = METRICS.build(dict(type='ReIDMetric', protocols=dict(same_flank=dict(same=['flank']))))
    with pytest.raises(ValueError, match=r"'flank'.*meta_keys"):
        evaluate(metric, samples())


def test_a_half_given_role_is_refused():
    made = samples(role=['query'] + [None] * (len(IDENTITIES) - 1))
    with pytest.raises(ValueError, match='role'):
        evaluate(METRICS.build(dict(type='ReIDMetric')), made)


def test_stages_need_names_of_their_own():
    with pytest.raises(ValueError, match='raw'):
        METRICS.build(dict(type='ReIDMetric', stages=[dict(type='Cosine'), dict(type='Cosine')]))


@pytest.mark.parametrize('value', [float('nan'), float('inf'), 0.0])
def test_an_embedding_without_direction_is_reported_by_name(value):
    made = samples()
    made[3].set_field(torch.full((6,), value), 'embedding')
    with pytest.raises(ValueError, match=r'1 image\(s\).*: 003\.png'):
        evaluate(METRICS.build(dict(type='ReIDMetric')), made)
