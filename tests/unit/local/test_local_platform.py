import os

import pytest

from local.child import ChildFailed
from local.model import require_model
from local.options import PlatformOptions
from local.platform import announced_stop, running_platform, sole_user_of
from shared.process import StartupError

pytestmark = pytest.mark.heavy


def test_a_second_platform_is_told_the_process_of_the_first(tmp_path):
    with (
        sole_user_of(tmp_path),
        pytest.raises(StartupError, match=rf"already runs from {tmp_path} \(process {os.getpid()}\): end it"),
        sole_user_of(tmp_path),
    ):
        pass


def test_a_folder_can_be_used_again_by_the_next_platform(tmp_path):
    for _ in range(2):
        with sole_user_of(tmp_path):
            assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_ctrl_c_is_answered_at_once_and_still_ends_everything():
    told: list[str] = []

    with pytest.raises(KeyboardInterrupt), announced_stop(told.append):
        raise KeyboardInterrupt

    assert told == ["\nstopping …"]


def test_a_model_that_nobody_knows_is_told_before_anything_starts(tmp_path, monkeypatch):
    monkeypatch.delenv("ESCRIBA_PORT", raising=False)
    with (
        pytest.raises(ChildFailed, match=r"^MODEL=nope is neither a directory nor one of: fixture, tiny"),
        running_platform(PlatformOptions(model="nope"), state=tmp_path, tell=print),
    ):
        pass
    assert [path.name for path in (tmp_path / "logs").iterdir()] == ["model.log"]


@pytest.mark.parametrize("model", ["fixture", "fake"])
def test_a_model_that_is_here_is_found_without_a_word(tmp_path, model):
    told: list[str] = []

    require_model(model, logs=tmp_path, tell=told.append)

    assert told == []
