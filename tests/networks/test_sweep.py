import json
import sys
from pathlib import Path

import pytest
from torch.distributed.elastic.utils.distributed import get_free_port

from tests.cli.running import run

QUICK = [
    'mobilenetv3_small_050',
    'mobilenetv4_conv_small_035',
    'ghostnet_050',
    'lcnet_035',
    'test_vit',
    'test_convnext',
    'crossvit_tiny_240',
]
# The smallest, or nearly, of each family whose smallest has less than 30 million parameters.
FAMILIES = Path(__file__).with_name('families.txt').read_text().split()
NO_MAP = 'make no feature map'


def sweep(names, *flags):
    launcher = ['-m', 'torch.distributed.run', '--nproc-per-node=2', f'--master-port={get_free_port()}']
    done = run(sys.executable, *launcher, 'tests/networks/sweep.py', *flags, *names, timeout=3600)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{')]


def assert_trained_or_refused(found, names):
    assert [each['name'] for each in found] == list(names)
    assert not [each for each in found if each['works'] != 'trained' and NO_MAP not in each['works']]


def test_two_processes_train_what_leaves_parameters_aside():
    found = sweep(QUICK)
    assert_trained_or_refused(found, QUICK)
    assert {each['name'] for each in found if each['works'] == 'trained'} == set(QUICK) - {'crossvit_tiny_240'}


@pytest.mark.slow
def test_every_family_trains_or_says_what_it_lacks(capsys):
    found = sweep(FAMILIES, '--export')
    with capsys.disabled():
        print(
            '\n| network | map | from tokens | frozen | build, s of CPU | two processes | export |\n' + '|---' * 7 + '|'
        )
        for each in found:
            cells = [each.get(key, '') for key in ('name', 'shape', 'tokens', 'frozen', 'build', 'works', 'export')]
            print('|', ' | '.join(map(str, cells)), '|')
    assert_trained_or_refused(found, FAMILIES)
