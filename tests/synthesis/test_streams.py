from itertools import product

from jaguar_mm.synthesis.streams import Stream, generator


def test_every_address_has_numbers_of_its_own():
    addresses = list(product((0, 1), Stream, (0, 1, 7)))
    drawn = {generator(seed, stream, index).random() for seed, stream, index in addresses}
    assert len(drawn) == len(addresses)


def test_an_address_always_gives_the_same_numbers():
    assert list(generator(5, Stream.COAT, 2, 1).random(4)) == list(generator(5, Stream.COAT, 2, 1).random(4))
