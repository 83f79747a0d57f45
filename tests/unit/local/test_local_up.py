import shlex
import subprocess

import pytest

from local.development_user import create_development_user
from local.exports import read_exports, write_exports
from shared.domain.api_keys import hash_api_key
from shared.process import StartupError
from shared.testing.api_key_store import InMemoryApiKeyStore
from shared.testing.clock import FakeClock
from shared.testing.user_directory import InMemoryUserDirectory


def test_a_shell_reads_the_exports_as_they_were_meant(tmp_path):
    path = tmp_path / "env"

    write_exports(path, {"ESCRIBA_API_KEY": 'it\'s $HOME "quoted"'})

    answer = subprocess.run(
        ["sh", "-c", f'. {shlex.quote(str(path))}; printf %s "$ESCRIBA_API_KEY"'],
        capture_output=True,
        check=True,
    )
    assert answer.stdout.decode() == 'it\'s $HOME "quoted"'


def test_the_exports_are_for_their_owner_only(tmp_path):
    write_exports(tmp_path / "env", {"ESCRIBA_API_KEY": "secret"})

    assert (tmp_path / "env").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["env"]


def test_a_program_reads_what_a_shell_reads(tmp_path):
    exports = {"ESCRIBA_API_KEY": 'it\'s $HOME "quoted"', "AWS_REGION": "us-east-1"}

    write_exports(tmp_path / "env", exports)

    assert read_exports(tmp_path) == exports


def test_without_a_platform_there_is_one_sentence_that_says_how_to_start_one(tmp_path):
    with pytest.raises(StartupError, match=r"no platform runs from .*: start one with `make up`"):
        read_exports(tmp_path)


def test_the_development_key_is_stored_as_its_hash_alone():
    users, keys = InMemoryUserDirectory(), InMemoryApiKeyStore()

    user = create_development_user(users, keys, FakeClock())

    assert keys.get(hash_api_key(user.api_key)).user_id == user.user_id
    assert user.api_key not in keys.get(hash_api_key(user.api_key)).model_dump_json()
    assert users.get(user.user_id).effective_limits.jobs_at_once is None
