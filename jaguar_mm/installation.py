"""What is installed: whether the OpenMMLab stack beneath us is one whole, and where packages lie.

Looked up in package metadata, so nothing heavy is imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from packaging.specifiers import SpecifierSet

# import name -> (original distribution, maintained fork, versions that run)
STACK = {
    'mmengine': ('mmengine', 'onedl-mmengine', '>=0.10.4,<0.11'),
    'mmcv': ('mmcv', 'onedl-mmcv', '>=2.0,<2.4'),
    'mmpretrain': ('mmpretrain', 'onedl-mmpretrain', '>=1.2,<1.4'),
}
TORCH = '>=2.6,<3'


def installed_versions() -> dict[str, str]:
    """Return the version of each distribution of the stack that is installed, by distribution name."""
    names = {name for original, fork, _ in STACK.values() for name in (original, fork)}
    found = {}
    for name in sorted(names | {'mmcv-lite', 'torch'}):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def check_installation(found: Mapping[str, str] | None = None) -> None:
    """Refuse a stack that mixes OpenMMLab's originals with the forks, or has versions that do not run.

    A package that is absent is no error here: :mod:`jaguar_mm.retrieval` and :mod:`jaguar_mm.images` need none.

    Args:
        found: Distribution name to version; by default what is installed.

    Raises:
        ImportError: If originals and forks are mixed or a version is out of range; the message says what to install.
    """
    found = installed_versions() if found is None else found
    originals = [name for name in ('mmengine', 'mmcv', 'mmcv-lite', 'mmpretrain') if name in found]
    forks = [fork for _, fork, _ in STACK.values() if fork in found]
    if originals and forks:
        raise ImportError(
            f'jaguar_mm: {", ".join(originals)} and {", ".join(forks)} are installed together; they overwrite each '
            f"other's files. Run: pip uninstall -y {' '.join(originals + forks)} && pip install {' '.join(_wanted())}"
        )
    ranges = {name: versions for original, fork, versions in STACK.values() for name in (original, fork)}
    ranges |= {'mmcv-lite': STACK['mmcv'][2], 'torch': TORCH}
    wrong = [f'{name} {v} (needs {ranges[name]})' for name, v in found.items() if v not in SpecifierSet(ranges[name])]
    if wrong:
        raise ImportError(f'jaguar_mm: these versions do not run: {"; ".join(wrong)}. Run: pip install -U jaguar_mm')


def package_folder(package: str, extra: str, need: str) -> Path:
    """Return the folder of a package whose files are read and whose code is not run.

    Args:
        package: Its import name.
        extra: The extra of this project that brings it.
        need: What needs it, with the verb, for the message: ``'masks need'``.

    Raises:
        ModuleNotFoundError: If it is not installed.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(
            f"{need} {package}, which is not installed; pip install 'jaguar_mm[{extra}]'", name=package
        )
    return Path(spec.submodule_search_locations[0])


def _wanted() -> list[str]:
    """Return the forks with their ranges, quoted for a shell."""
    return [f"'{fork}{versions}'" for _, fork, versions in STACK.values()]
