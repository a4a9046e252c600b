"""Losses that go by the images of a class are told how many there are."""

from types import SimpleNamespace

import torch
from mmengine.dataset import BaseDataset

from jaguar_mm.registry import HOOKS, MODELS

HOOK = dict(type='ClassCountsHook')


class Labels(BaseDataset):
    """Images of these classes, which cannot be loaded."""

    def __init__(self, *labels):
        super().__init__(lazy_init=True)
        self.data_list, self._fully_initialized, self.serialize_data = [dict(gt_label=y) for y in labels], True, False
        self.asked = 0

    def get_data_info(self, idx):
        self.asked += 1
        return super().get_data_info(idx)

    def __len__(self):
        return len(self.data_list)


def told(dataset, *losses):
    head = dict(type='ReIDHead', num_classes=4, in_channels=6, losses=list(losses))
    model = torch.nn.Module()
    model.head = MODELS.build(head)
    runner = SimpleNamespace(model=model, train_dataloader=SimpleNamespace(dataset=dataset))
    HOOKS.build(HOOK).before_train(runner)
    return model.head.losses


def test_margins_and_weights_are_told_the_images_of_each_class():
    losses = told(
        Labels(0, 3, 3, 1, 3), dict(type='CountMarginArcFace'), dict(type='ArcFace', focus=dict(type='ClassBalance'))
    )
    for counts in (losses['countmarginarcface'].class_counts, losses['arcface'].focus.class_counts):
        assert counts.images.tolist() == [1, 1, 0, 3]
        assert counts().tolist() == [1, 1, 1, 3]


def test_nothing_is_read_if_no_loss_asks():
    dataset = Labels(0, 3)
    told(dataset, dict(type='ArcFace'))
    assert dataset.asked == 0
