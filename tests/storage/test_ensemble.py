"""An ensemble's cosines are the weighted mean of its members', whatever their widths and the order of their images."""

import numpy as np
import pytest

from jaguar_mm.storage import EmbeddingSet, EncoderFingerprint, check_same_encoder, ensemble, load_embeddings
from jaguar_mm.storage import save_embeddings as save

RNG = np.random.default_rng(0)
NAMES = ['a.png', 'b.png', 'é/c.png', 'd.png']
BACK = [2, 0, 3, 1]


def member(width, scale=1.0, dtype=np.float32, **columns):
    rows, flipped = scale * RNG.normal(size=(2, len(NAMES), width)).astype(dtype)
    encoder = EncoderFingerprint(f'weights of {width}', '[]', f'net {width}')
    return EmbeddingSet(NAMES, rows, columns, {'flip': flipped}, encoder)


def cosines(rows):
    rows = np.asarray(rows, np.float64)
    lengths = np.sqrt((rows**2).sum(1))
    return rows @ rows.T / np.outer(lengths, lengths)


@pytest.mark.parametrize('dtype', [np.float16, np.float32, np.float64])
@pytest.mark.parametrize('weights', [None, [3, 1], [0.2, 5]])
def test_cosines_are_the_weighted_mean_of_the_members(dtype, weights):
    one, two = member(5, dtype=dtype), member(8, 100.0, dtype)
    made = ensemble({'one': one, 'two': two.select(BACK)}, weights)
    first, second = np.array(weights or [1, 1]) / sum(weights or [1, 1])
    assert (list(made.names), made.vectors.dtype, made.width) == (NAMES, np.float32, 13)
    for rows, of in ((made.vectors, lambda each: each.vectors), (made.view('flip'), lambda each: each.view('flip'))):
        np.testing.assert_allclose((np.float64(rows) ** 2).sum(1), 1, atol=1e-6)
        expected = first * cosines(of(one)) + second * cosines(of(two))
        np.testing.assert_allclose(cosines(rows), expected, atol=1e-6)


def test_views_that_all_have_are_kept_and_columns_that_any_knows(tmp_path):
    one = member(3, identity=['Lua', None, 'Ti', None], path=['/1/a', '/1/b', '/1/c', '/1/d'])
    two = member(3, identity=['Lua', 'Ti', None, None], path=['/2/a', '/2/b', '/2/c', '/2/d'], flank=['left'] * 4)
    three = EmbeddingSet(NAMES, two.vectors)
    made = ensemble({'one': one, 'two': two.select(BACK)})
    assert made.columns == {'identity': ['Lua', 'Ti', 'Ti', None], 'path': one.columns['path'], 'flank': ['left'] * 4}
    assert one.columns['identity'] == ['Lua', None, 'Ti', None]
    assert ensemble({'one': one, 'three': three}).views == {}
    assert ensemble({'one': one, 'three': three}).encoder is None
    save(tmp_path / 'x.safetensors', made)
    assert load_embeddings(tmp_path / 'x.safetensors').encoder == made.encoder


def test_the_encoder_tells_members_weights_and_order():
    one, two = member(3), member(4)
    made = ensemble({'one': one, 'two': two})
    assert made.encoder.network == 'net 3 + net 4'
    check_same_encoder({'a': made.encoder, 'b': ensemble({'x': one, 'y': two}, [7, 7]).encoder})
    for other in (one, ensemble({'two': two, 'one': one}), ensemble({'one': one, 'two': two}, [2, 1])):
        with pytest.raises(ValueError, match='other weights'):
            check_same_encoder({'a': made.encoder, 'b': other.encoder})


@pytest.mark.parametrize(
    ('members', 'weights', 'message'),
    [
        ({'one': member(3)}, None, 'two members at least, got 1'),
        ({'one': member(3), 'two': member(3)}, [1], '2 members need 2 weights above 0, got 1'),
        ({'one': member(3), 'two': member(3)}, [1, 0], 'above 0, got 1 0'),
        ({'one': member(3), 'two': member(3)}, [1, np.nan], 'above 0'),
        ({'one': member(3), 'two': member(3).select([0, 1, 3])}, None, "two: has no image 'é/c.png', which one has"),
        ({'one': member(3).select([0, 1, 3]), 'two': member(3)}, None, "one: has no image 'é/c.png', which two has"),
        (
            {'one': member(3, identity=['a', 'b', 'c', 'd']), 'two': member(3, identity=['a', 'b', 'c', 'e'])},
            None,
            "two: 'd.png' has identity 'e', in the files before it 'd'",
        ),
    ],
)
def test_members_that_do_not_fit_are_named(members, weights, message):
    with pytest.raises(ValueError, match=message):
        ensemble(members, weights)
