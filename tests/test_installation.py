import subprocess
import sys

import pytest

from jaguar_mm.installation import check_installation, installed_versions

FORKS = {'onedl-mmengine': '0.10.12', 'onedl-mmcv': '2.3.6', 'onedl-mmpretrain': '1.3.6', 'torch': '2.11.0'}


def test_what_is_installed_here_passes():
    assert 'torch' in installed_versions()
    check_installation()


def test_forks_alone_and_originals_alone_pass():
    check_installation(FORKS)
    check_installation({'mmengine': '0.10.7', 'mmcv-lite': '2.2.0', 'mmpretrain': '1.2.0', 'torch': '2.6.0'})


@pytest.mark.parametrize('original', ['mmengine', 'mmcv', 'mmcv-lite', 'mmpretrain'])
def test_a_mixture_is_refused_and_says_what_to_run(original):
    with pytest.raises(ImportError, match=rf'{original}.*overwrite each other.*pip uninstall -y {original}'):
        check_installation({**FORKS, original: '2.1.0' if 'mmcv' in original else '1.2.0'})


@pytest.mark.parametrize(('name', 'version'), [('onedl-mmcv', '2.4.0'), ('torch', '1.13.0'), ('torch', '2.5.1+cu121')])
def test_a_version_out_of_range_is_named(name, version):
    with pytest.raises(ImportError, match=rf'{name} {version}'.replace('+', r'\+')):
        check_installation({**FORKS, name: version})


def test_local_and_development_builds_of_torch_are_accepted():
    check_installation({**FORKS, 'torch': '2.13.0+cpu'})
    check_installation({**FORKS, 'torch': '2.14.0.dev20261001'})


def test_nothing_of_openmmlab_is_fine_for_the_tensor_rooms():
    check_installation({'torch': '2.11.0'})


def test_importing_the_package_imports_nothing_of_openmmlab():
    code = 'import sys, jaguar_mm; print([m for m in sys.modules if m.startswith("mm")])'
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == '[]'
