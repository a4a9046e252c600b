"""Center loss against its formula."""

import torch

from jaguar_mm.registry import LOSSES, MODELS
from tests.models.losses.formula import CLASSES, LABELS, WIDTH, assert_is_formula, embeddings, mixed


def built():
    torch.manual_seed(0)
    return LOSSES.build(dict(type='Center', num_classes=CLASSES, in_channels=WIDTH))


def half_square(vector, centre):
    return sum((a - b) ** 2 for a, b in zip(vector, centre, strict=True)) / 2


def test_it_is_its_formula():
    def formula(embedding, weights):
        pairs = zip(embedding, LABELS, strict=True)
        return sum(half_square(vector, weights['weight'][label]) for vector, label in pairs) / len(LABELS)

    assert_is_formula(built(), formula, embeddings(), LABELS)


def test_mixed_labels_have_their_shares_of_the_distances():
    shares = mixed()

    def formula(embedding, weights):
        total = sum(
            shares[i, label] * half_square(vector, weights['weight'][label])
            for i, vector in enumerate(embedding)
            for label in range(CLASSES)
        )
        return total / len(embedding)

    assert_is_formula(built(), formula, embeddings(), shares)


def test_a_class_without_images_keeps_its_centre():
    loss = built()
    loss(embeddings(3), torch.tensor([0, 0, 1])).backward()
    assert loss.weight.grad.abs().sum(1).bool().tolist() == [True, True, False]


def test_it_gives_no_class_scores_and_needs_neither_pairs_nor_whole_batches():
    head = MODELS.build(dict(type='ReIDHead', num_classes=CLASSES, in_channels=WIDTH, losses=[dict(type='Center')]))
    embedding = embeddings().float()
    assert head((embedding,)) is embedding
    assert not head.pair_losses
    assert not head.comparing_losses
