"""A process that adds up with the others; in the first attempt the last of them is killed in between."""

import os
import signal

import torch
import torch.distributed

from jaguar_mm.engine.rendezvous import INIT_METHOD, parting


@parting
def main():
    torch.distributed.init_process_group('gloo', init_method=INIT_METHOD)
    total = torch.ones(1)
    for _ in range(3):
        torch.distributed.all_reduce(total)
        if torch.distributed.get_rank() == 1 and os.environ['TORCHELASTIC_RESTART_COUNT'] == '0':
            os.kill(os.getpid(), signal.SIGKILL)
    print(f'met: {int(total)}')


if __name__ == '__main__':
    main()
