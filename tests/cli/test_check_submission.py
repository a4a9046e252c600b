from tests.cli.running import CONFIG, refused, tool


def test_a_tests_own_submission_is_sound_until_it_is_spoilt(checkpoint, competition, options, tmp_path):
    tool('test', CONFIG, checkpoint, '--work-dir', tmp_path, *options)
    submission = tmp_path / 'submission.csv'
    asked = ['--test-csv', competition / 'test.csv', '--images', competition / 'test']
    done = tool('check-submission', submission, *asked)
    assert 'error' not in done.stdout
    assert 'made from the 9 images' in done.stdout

    spoilt = tmp_path / 'spoilt.csv'
    spoilt.write_text(submission.read_text().replace('\n3,', '\n3333,'))
    earlier = ['--against', submission, '--fingerprint', tmp_path / 'submission.json']
    done = tool('check-submission', spoilt, *asked, *earlier, check=False)
    assert done.returncode == 1
    assert 'error    1 rows of' in done.stdout
    assert 'written for another submission' in done.stdout


def test_a_missing_file_is_named(competition):
    done = refused('check-submission', 'nowhere.csv', '--test-csv', competition / 'test.csv')
    assert done.returncode == 2
    assert 'nowhere.csv' in done.stderr
    assert 'Traceback' not in done.stderr
