import json

import pytest

from tools.fixture_model.__main__ import STEPS, main, parser
from tools.fixture_model.figures import table, with_table
from tools.fixture_model.steps import FIXTURE_DIRECTORY


def test_help_names_every_step():
    text = parser().format_help()
    assert all(f"  {step}" in text for step in STEPS)


def test_a_missing_model_is_said_in_one_sentence(tmp_path, capsys):
    assert main(["install", "--work-dir", str(tmp_path)]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"fixture_model: no model in {tmp_path / 'model'}: run `export` first"
    ]


def test_a_missing_library_is_said_with_the_advice_to_install_it(tmp_path, capsys, monkeypatch):
    def step_without_torch(_):
        raise ModuleNotFoundError(name="torch")

    monkeypatch.setitem(STEPS, "train", (step_without_torch, ""))
    assert main(["train", "--work-dir", str(tmp_path)]) == 1
    assert "torch is not installed: pip install -r" in capsys.readouterr().err


def test_an_unknown_step_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["fly", "--work-dir", "x"])
    assert "invalid choice" in capsys.readouterr().err


def test_the_readme_shows_the_figures_of_the_evaluation():
    report = json.loads((FIXTURE_DIRECTORY / "evaluation.json").read_text("utf-8"))
    readme = (FIXTURE_DIRECTORY / "README.md").read_text("utf-8")
    assert table(report) in readme
    assert with_table(readme, report) == readme
