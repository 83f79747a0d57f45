import re
import subprocess
import sys

import pytest

from benchmarks.speed.options import SpeedOptions
from local.command_line import help_text, load_options
from local.environment import CHECKOUT
from local.options import DemoOptions, MakeOptions, SubmitOptions
from shared.settings import SettingsError

COMMANDS = re.findall(
    r"-m ((?:local|benchmarks)\.\w+(?: up)?)$", (CHECKOUT / "Makefile").read_text(), re.MULTILINE
)


def test_help_names_every_option_with_its_default():
    text = help_text(DemoOptions, "demo")

    assert "usage: make demo\n" in text
    assert re.search(r"^  ESCRIBA_WORKERS +How many transcribers to run. Default: 2.$", text, re.MULTILINE)
    assert re.search(r"^  ESCRIBA_JSON +Print JSON only.$", text, re.MULTILINE)
    assert "ESCRIBA_AUDIO" in text


def test_help_says_what_can_not_be_left_out():
    assert re.search(r"ESCRIBA_AUDIO .*Required\.$", help_text(SubmitOptions, "submit"), re.MULTILINE)


def test_a_command_without_options_says_so():
    assert help_text(MakeOptions, "bench-api").endswith("It has no options.")


def test_an_argument_is_refused_before_anything_is_done(monkeypatch):
    monkeypatch.setenv("ESCRIBA_QUICK", "nonsense")

    with pytest.raises(SettingsError, match="'engine' is not understood"):
        load_options(SpeedOptions, "bench", ["engine"])


def test_options_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("ESCRIBA_QUICK", "1")

    assert load_options(SpeedOptions, "bench", []).quick


@pytest.mark.heavy
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_makefile_answers_help_and_nothing_else(command):
    done = subprocess.run(
        [sys.executable, "-m", *command.split(), "--help"],
        cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: make ")
