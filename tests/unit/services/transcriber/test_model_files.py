"""Where the model's files come from, and what is said where there are none."""

import socket

import pytest

from services.transcriber.model_files import FIXTURE_DIRECTORY, LANGUAGES_FILE, local_model_files
from services.transcriber.whisper_engine import WhisperEngine, find_model
from shared.process import StartupError

pytestmark = pytest.mark.heavy


def test_the_bundled_model_and_directories_need_no_network(tmp_path):
    assert find_model("fixture", wait_seconds=0.1).directory == FIXTURE_DIRECTORY
    (tmp_path / "model.bin").touch()
    assert local_model_files(str(tmp_path)).name == tmp_path.name


def test_a_model_knows_the_languages_that_a_list_beside_it_names(tmp_path):
    (tmp_path / "model.bin").touch()
    assert local_model_files(str(tmp_path)).languages is None

    (tmp_path / LANGUAGES_FILE).write_text('["es"]')
    assert local_model_files(str(tmp_path)).languages == {"es"}


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("smal", "neither a directory nor one of: fixture, tiny"),
        ("/no/such/place", "there is no directory /no/such/place"),
        ("./no-such-place", "there is no directory no-such-place"),
    ],
)
def test_a_model_that_does_not_exist_is_named_in_one_sentence(model, sentence):
    with pytest.raises(StartupError) as raised:
        find_model(model, wait_seconds=0.1)

    assert f"MODEL={model}" in str(raised.value)
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_directory_that_holds_no_model_is_named(tmp_path):
    with pytest.raises(StartupError, match=r"holds no model\.bin"):
        find_model(str(tmp_path), wait_seconds=0.1)


def test_a_damaged_model_is_named(tmp_path):
    (tmp_path / "model.bin").write_bytes(b"junk")

    with pytest.raises(StartupError, match="could not be loaded"):
        WhisperEngine.load(find_model(str(tmp_path), wait_seconds=0.1), cpu_threads=1, streams=1)


def test_a_mute_hub_is_not_waited_for(monkeypatch, tmp_path):
    """``MODEL`` names a published model, it is not in the cache, and the hub takes calls but says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as hub:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{hub.getsockname()[1]}")
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
        with pytest.raises(StartupError, match="MODEL=small is not in the local cache") as raised:
            find_model("small", wait_seconds=0.2)

    assert "MODEL=fixture" in str(raised.value)
    assert "\n" not in str(raised.value)
