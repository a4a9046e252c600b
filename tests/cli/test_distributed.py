import csv
import sys

from torch.distributed.elastic.utils.distributed import get_free_port

from tests.cli.running import CONFIG, run, tool


def distributed(script, *arguments):
    return run('env', f'PYTHON={sys.executable}', f'PORT={get_free_port()}', f'tools/{script}', *map(str, arguments))


def scores(folder):
    with open(folder / 'reports/test/scores.csv', newline='') as file:
        return list(csv.DictReader(file))


def test_two_processes_give_the_scores_of_one(checkpoint, options, tmp_path):
    one, two = tmp_path / 'one', tmp_path / 'two'
    alike = [*options, 'test_dataloader.batch_size=1']  # or sums in another order would change the last digits
    tool('test', CONFIG, checkpoint, '--work-dir', one, *alike)
    distributed('dist_test.sh', CONFIG, checkpoint, 2, '--work-dir', two, *alike)
    assert len(scores(one)) == 4
    assert scores(two) == scores(one)
    assert (two / 'submission.csv').read_bytes() == (one / 'submission.csv').read_bytes()


def test_two_processes_train(options, tmp_path):
    distributed('dist_train.sh', CONFIG, 2, '--work-dir', tmp_path, *options)
    assert (tmp_path / 'epoch_2.pth').is_file()
    assert (tmp_path / 'reports/val/scores.csv').is_file()
