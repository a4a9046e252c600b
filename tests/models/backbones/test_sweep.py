import json
import sys

import pytest
from torch.distributed.elastic.utils.distributed import get_free_port

from tests.tools.running import run

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
FAMILIES = (
    'halonet_h1 test_byobnet cait_xxs24_224 coat_tiny convit_tiny convmixer_768_32 test_convnext cpubone_nano '
    'crossvit_tiny_240 csatv2 cs3darknet_focus_s cspnext_tiny davit_tiny deit_tiny_patch16_224 densenet121 dla46x_c '
    'dpn48b edgenext_xx_small efficientformer_l1 efficientformerv2_s0 mnasnet_small efficientvim_m1 efficientvit_b0 '
    'efficientvit_m0 eva02_tiny_patch14_224 fasternet_t0 fastvit_t8 focalnet_tiny_srf gcvit_xxtiny ghostnet_050 '
    'hardcorenas_b hgnetv2_b0 hiera_tiny_224 hrnet_w18_small iformer_t inception_next_atto lcnetv2_small levit_128s '
    'lowformer_b0 test_mambaout test_coatnet caformer_s18 poolformerv2_s12 gmlp_ti16_224 mobilenetv3_small_050 '
    'mobilenetv4_conv_small_035 fbnetv3_b lcnet_035 mobilevit_xxs mvitv2_tiny nest_tiny test_nfnet pit_ti_224 '
    'pvt_v2_b0 rdnet_tiny regnetx_002 repghostnet_050 repvit_m1 resnest14d resnet10t resnetv2_18 rexnet_100 '
    'legacy_seresnet18 shvit_s1 skresnet18 starnet_s050 swiftformer_xs swin_tiny_patch4_window7_224 '
    'swinv2_tiny_window8_256 swinv2_cr_tiny_224 tiny_vit_5m_224 tnt_s_legacy_patch16_224 twins_svt_small '
    'visformer_tiny test_vit vit_tiny_r_s16_p8_224 test_vit_relpos vitamin_small_224 volo_d1_224 '
    'ese_vovnet19b_slim_dw legacy_xception xcit_nano_12_p8_224 vgg11 vit_base_patch16_siglip_224'
).split()
NO_MAP = 'make no feature map'


def sweep(names, *flags):
    launcher = ['-m', 'torch.distributed.run', '--nproc-per-node=2', f'--master-port={get_free_port()}']
    done = run(sys.executable, *launcher, 'tests/models/backbones/sweep.py', *flags, *names, timeout=3600)
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
