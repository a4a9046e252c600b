import platform
import subprocess
import sys

import pytest
import torch

from jaguar_mm.networks import has_bfloat16, settle_on_cpu

KEEPS = """
import mmap, resource
from jaguar_mm.networks.processor import keep_freed_memory
{settle}
import numpy as np

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

np.ones(2 ** 26, np.uint8)
before = faults()
for _ in range(10):
    np.ones(2 ** 26, np.uint8)
print(faults() - before)
"""


def network():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8), torch.nn.Conv2d(8, 4, 1)).eval()


def test_a_settled_network_computes_the_same_with_the_channels_last():
    images = torch.rand(2, 3, 9, 7, generator=torch.Generator().manual_seed(0))
    settled = settle_on_cpu(network())
    assert settled[0].weight.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(settled(images), network()(images))
    weights = network().state_dict()
    assert all(torch.equal(weights[name], value) for name, value in settled.state_dict().items())


def test_the_processor_is_asked(monkeypatch):
    for able, expected in [
        ({}, False),
        ({'avx2': True}, False),
        ({'avx512_bf16': True}, True),
        ({'amx_bf16': 1}, True),
    ]:
        monkeypatch.setattr(torch.cpu, 'get_capabilities', lambda able=able: able)
        assert has_bfloat16() is expected


@pytest.mark.skipif(platform.libc_ver()[0] != 'glibc', reason='only glibc gives large blocks back at once')
def test_freed_memory_stays_with_the_process():
    def faults(settle):
        done = subprocess.run(
            [sys.executable, '-c', KEEPS.format(settle=settle)], capture_output=True, text=True, check=True
        )
        return int(done.stdout)

    given_back = faults('')
    assert faults('keep_freed_memory()') < given_back / 10
