"""Package metadata: honest ranges here, the tested pins in requirements/."""

import re
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
VERSION = re.search(r"__version__ = '(.+)'", (ROOT / 'jaguar_mm/__init__.py').read_text(encoding='utf-8')).group(1)

setup(
    name='jaguar_mm',
    version=VERSION,
    description='Individual re-identification of jaguars and other patterned animals on the OpenMMLab stack',
    long_description=(ROOT / 'README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    packages=find_packages(include=['jaguar_mm', 'jaguar_mm.*']),
    python_requires='>=3.11,<3.13',
    install_requires=[
        'onedl-mmengine>=0.10.12,<0.11',
        'onedl-mmcv>=2.3.6,<2.4',
        'onedl-mmpretrain>=1.3.6,<1.4',
        'torch>=2.6,<3',
        'torchvision>=0.21',
        'timm>=1.0.15,<2',
        'numpy>=1.26',
        'scipy>=1.11',
        'numba>=0.60',
        'scikit-learn>=1.4',
        'opencv-python>=4.9',
        'pillow>=11.3',
        'kornia_rs>=0.2,<0.3',
        'rich>=13',
        'matplotlib>=3.8',
        'safetensors>=0.4',
        'jinja2>=3.1',
        'packaging>=23',
    ],
    extras_require={
        'test': ['pytest>=8', 'hypothesis>=6.100'],
        'dev': ['pytest>=8', 'hypothesis>=6.100', 'ruff>=0.6'],
    },
)
