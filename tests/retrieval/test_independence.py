import subprocess
import sys


def test_the_retrieval_room_needs_nothing_of_openmmlab():
    code = (
        'import sys, jaguar_mm.retrieval; '
        'print(sorted({m.split(".")[0] for m in sys.modules} & {"mmengine", "mmcv", "mmpretrain"}))'
    )
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == '[]'
