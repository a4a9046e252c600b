"""What steps of retrieval have in common that look at the keypoints of image files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from rich.console import Console
from rich.progress import Progress

from jaguar_mm.images import EmbeddedFiles, Segmenter
from jaguar_mm.images.cache.place import user_folder
from jaguar_mm.images.embedded import PATH
from jaguar_mm.images.masks import load_masked
from jaguar_mm.matching.aliked import AlikedLightGlue
from jaguar_mm.matching.keypoints import Matcher
from jaguar_mm.matching.rootsift import RootSIFT
from jaguar_mm.matching.store import KeypointStore
from jaguar_mm.retrieval import Stage
from jaguar_mm.retrieval.plain import check_whole
from jaguar_mm.retrieval.stage import State

MATCHERS: dict[str, Callable[..., Matcher]] = {'aliked': AlikedLightGlue, 'rootsift': RootSIFT}


@dataclass(frozen=True, kw_only=True)
class KeypointStage(Stage):
    """A step that looks at keypoints. They are kept beside the cache of images, so that another run finds them.

    Args:
        matcher: One of :data:`MATCHERS`.
        keypoints: Most keypoints of an image.
        size: Longer side of the animal in pixels.
        masks: Whether to outline the animal in images without alpha, see :class:`~jaguar_mm.images.Segmenter`.
    """

    matcher: str = 'aliked'
    keypoints: int = 256
    size: int = 512
    masks: bool = False

    def __post_init__(self) -> None:
        kind = type(self).__name__
        if self.matcher not in MATCHERS:
            raise ValueError(f'{kind}.matcher is {self.matcher!r}, not one of {", ".join(MATCHERS)}')
        check_whole(kind, 1, keypoints=self.keypoints, size=self.size)
        if not isinstance(self.masks, bool):
            raise ValueError(f'{kind}.masks must be True or False, not {self.masks!r}')

    def paths(self, state: State) -> list[str]:
        """Return the files of the queries (M) and, if it is a set of its own, of the gallery behind them (M + N).

        Raises:
            ValueError: If a file is not known.
        """
        tables = [state.query_columns] if state.gallery is None else [state.query_columns, state.gallery_columns]
        paths = [path for table in tables for path in table.get(PATH, [None])]
        if None in paths:
            raise ValueError(
                f'stage {self.name!r} looks into the images, but their files are not known (no column {PATH!r})'
            )
        return [str(path) for path in paths]

    def store(self, *tables: Mapping[str, Sequence]) -> KeypointStore:
        """Return what detects keypoints and keeps them, and refuses files that are not what was embedded.

        Args:
            *tables: The columns of the images, see :class:`~jaguar_mm.images.EmbeddedFiles`.

        Raises:
            ModuleNotFoundError: If a package that the matcher needs is not installed.
        """
        segmenter = Segmenter() if self.masks else None
        load, masks = partial(load_masked, segmenter=segmenter), segmenter.fingerprint if segmenter else ''
        folder = user_folder() / 'matching' / 'keypoints'
        return KeypointStore(folder, self.built_matcher(), load, masks, self.size, EmbeddedFiles(*tables).content)

    def built_matcher(self) -> Matcher:
        """Return a matcher."""
        return MATCHERS[self.matcher](self.keypoints)


@contextmanager
def progress_bars(**totals: int) -> Iterator[list[Callable[[int], None]]]:
    """Show progress bars on a terminal.

    Args:
        **totals: What is counted to how many there are.

    Yields:
        For each bar a function that is told how many more are done.
    """
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        yield [partial(progress.advance, progress.add_task(what, total=total)) for what, total in totals.items()]
