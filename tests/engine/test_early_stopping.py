"""A training stops after so many validations without a gain, also when it was interrupted in between."""

import copy
from types import SimpleNamespace

import pytest
from mmengine.logging import MessageHub, MMLogger

from jaguar_mm.registry import HOOKS

SCORES = [0.1, 0.3, 0.305, 0.4, 0.39, 0.408, 0.2, 0.5, 0.6]
PATIENCE, LEAST = 3, 0.01


def stops_after():
    """Return how many validations are seen, by the plain rule: the best has not been exceeded by LEAST so often."""
    best, waited = float('-inf'), 0
    for place, score in enumerate(SCORES):
        best, waited = (score, 0) if score >= best + LEAST else (best, waited + 1)
        if waited == PATIENCE:
            return place + 1
    return None


class Training:
    def __init__(self, patience=PATIENCE):
        self.hub = MessageHub.get_instance(f'early_{id(self)}')
        self.start(patience)

    def start(self, patience):
        """Begin, or go on in another process with what a checkpoint has of the message hub."""
        self.hook = HOOKS.build(
            dict(type='ResumableEarlyStoppingHook', monitor='mAP', patience=patience, min_delta=LEAST)
        )
        loop = SimpleNamespace(stop_training=False)
        self.run = SimpleNamespace(train_loop=loop, message_hub=self.hub, logger=MMLogger.get_current_instance())
        self.hook.before_train(self.run)

    def resume(self, patience=PATIENCE):
        state = copy.deepcopy(self.hub.state_dict())
        self.hub = MessageHub.get_instance(f'early_{id(self)}_{id(state)}')
        self.hub.load_state_dict(state)
        self.start(patience)

    def validate(self, score):
        self.hook.after_val_epoch(self.run, {'mAP': score})
        return self.run.train_loop.stop_training


@pytest.mark.parametrize('interrupted', [None, *range(len(SCORES))])
def test_it_stops_where_the_plain_rule_says(interrupted):
    training, seen = Training(), 0
    for place, score in enumerate(SCORES):
        if place == interrupted:
            training.resume()
            if training.run.train_loop.stop_training:
                break
        seen += 1
        if training.validate(score):
            break
    assert seen == stops_after() == 7


def test_what_has_stopped_goes_on_with_more_patience_only():
    training = Training()
    assert any(training.validate(score) for score in SCORES[:7])
    training.resume()
    assert training.run.train_loop.stop_training
    training.resume(PATIENCE + 1)
    assert not training.run.train_loop.stop_training


def test_it_comes_before_the_checkpoint():
    saver = HOOKS.build(dict(type='WholeCheckpointHook'))
    assert Training().hook.priority == 'LOW'
    assert saver.priority == 'VERY_LOW'
