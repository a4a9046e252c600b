"""The whole suite runs without a network: see tests/offline/sitecustomize.py, which every process obeys."""

import os
import socket
import sys

import pytest

from jaguar_mm.registry import MODELS
from tests.cli.running import ROOT, run

SOMEWHERE = '192.0.2.1'  # reserved for documentation (RFC 5737)


@pytest.mark.parametrize('host', [SOMEWHERE, 'huggingface.co', '2001:db8::1'])
def test_no_test_reaches_another_machine(host):
    with pytest.raises(RuntimeError, match='the tests run offline'):
        socket.create_connection((host, 443), timeout=1)


def test_this_machine_can_be_reached():
    with socket.create_server(('127.0.0.1', 0)) as server, socket.create_connection(server.getsockname(), timeout=5):
        pass


def test_no_process_of_a_test_reaches_another_machine():
    code = f'import socket; socket.create_connection(({SOMEWHERE!r}, 443), timeout=1)'
    done = run(sys.executable, '-c', code, check=False)
    assert 'the tests run offline' in done.stderr
    assert os.environ['HF_HUB_OFFLINE'] == '1'
    assert str(ROOT / 'tests' / 'offline') in os.environ['PYTHONPATH']


def test_weights_of_the_hub_fail_at_once_and_in_plain_words():
    with pytest.raises(Exception, match=r'offline|checkpoint_path'):
        MODELS.build(dict(type='TimmFeatures', model_name='resnet10t', pretrained=True))
