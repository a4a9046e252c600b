"""How the processes of a run meet, also those that torchrun has started again, and part.

torchrun keeps one store for all attempts of a run. The addresses of the processes it has replaced are still in there
under the same keys, so that the new ones call those (pytorch issue 135712). Here each attempt has keys of its own.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import wraps
from typing import Any

from mmengine.dist import is_distributed
from torch.distributed import PrefixStore, Store, destroy_process_group
from torch.distributed.constants import default_pg_timeout
from torch.distributed.rendezvous import register_rendezvous_handler, rendezvous

SCHEME = 'attempt'
INIT_METHOD = f'{SCHEME}://'


def meet(url: str, timeout: timedelta = default_pg_timeout, **options: Any) -> Iterator[tuple[Store, int, int]]:
    """Meet as ``env://`` does, with a prefix to all keys where the store outlives the attempt.

    Args:
        url: Ignored; rank, world size and address come from the environment that the launcher sets.
        timeout: How long to wait for the others.
        **options: Passed on.

    Yields:
        The store, this process's rank and the world size.
    """
    shared = os.environ.get('TORCHELASTIC_USE_AGENT_STORE') == 'True'
    attempt = os.environ.get('TORCHELASTIC_RESTART_COUNT', '0') if shared else '0'
    for store, rank, world_size in rendezvous('env://', timeout=timeout, **options):
        yield PrefixStore(f'attempt_{attempt}', store), rank, world_size


def parting(main: Callable[[], None]) -> Callable[[], None]:
    """Make a program part from its fellow processes before it ends.

    A thread of gloo that still holds a tensor while Python shuts down aborts the process, whatever it has achieved. So
    the group goes first, and before it all that uses it. After an error the process just ends: the others may be
    waiting for it.

    Args:
        main: The program; it may end by :class:`SystemExit`.

    Returns:
        The same program, with the parting.
    """

    @wraps(main)
    def main_and_part() -> None:
        status = _exit_status(main)
        if is_distributed():
            gc.collect()  # models are part of cycles
            destroy_process_group()
        sys.exit(status)

    return main_and_part


def _exit_status(main: Callable[[], None]) -> str | int | None:
    try:
        main()
    except SystemExit as stop:
        return stop.code
    return None


register_rendezvous_handler(SCHEME, meet)
