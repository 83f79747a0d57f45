"""How a process ends: one sentence for who started it, a traceback only for what nobody foresaw."""

from __future__ import annotations

import pytest

from shared.process import EXIT_WRONG_SETTINGS, StartupError, run_process
from shared.settings import SettingsError


def raises(error: BaseException):
    def main() -> None:
        raise error

    return main


@pytest.mark.parametrize("error", [SettingsError("wrong settings: PORT"), StartupError("no such model")])
def test_what_keeps_a_process_from_starting_is_one_sentence_and_status_2(error, capsys):
    with pytest.raises(SystemExit) as exit_:
        run_process(raises(error))
    assert exit_.value.code == EXIT_WRONG_SETTINGS == 2
    output = capsys.readouterr()
    assert output.err == f"error: {error}\n"
    assert output.out == ""


def test_ctrl_c_ends_a_process_as_shells_expect_and_without_a_word(capsys):
    with pytest.raises(SystemExit) as exit_:
        run_process(raises(KeyboardInterrupt()))
    assert exit_.value.code == 130
    assert capsys.readouterr().err == ""


def test_an_error_that_nobody_foresaw_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        run_process(raises(ZeroDivisionError()))


def test_a_process_that_did_its_work_returns():
    done = []
    run_process(lambda: done.append(True))
    assert done == [True]
