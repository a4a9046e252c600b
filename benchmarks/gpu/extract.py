"""The project's own embedding of v3 at full size, start of the command included."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

from commands import config, draw, overrides, verb
from measuring import Figures


def main() -> None:
    """Embed the test set twice, so that the second run reads the cache."""
    figures = Figures()
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        draw(work / 'data', figures.tiny)
        for number, way in enumerate(('from files', 'from the cache')):
            out = work / f'{number}.safetensors'
            start = time.perf_counter()
            said = verb('embed', config(figures.tiny), 'none', '--out', out, '--json', *overrides(work, figures.tiny))
            spent = time.perf_counter() - start
            count = json.loads(said)['images']
            figures.add(what='embed', way=way, images=count, seconds=spent, images_per_s=count / spent)


if __name__ == '__main__':
    main()
