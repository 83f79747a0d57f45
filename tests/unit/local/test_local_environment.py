import socket

import pytest

from local.environment import base_environment, isolate
from local.loopback import LOOPBACK, free_port, require_free
from shared.process import StartupError


def test_nothing_of_a_real_aws_account_reaches_a_process():
    inherited = {
        "PATH": "/bin",
        "AWS_PROFILE": "production",
        "AWS_ACCESS_KEY_ID": "AKIA",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.2/",
    }

    environment = base_environment(inherited)

    assert environment["PATH"] == "/bin"
    assert {name: value for name, value in environment.items() if name.startswith("AWS_")} == {
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def test_an_entry_point_forgets_the_account_and_keeps_the_rest():
    environment = {"AWS_PROFILE": "production", "AWS_ENDPOINT_URL": "http://elsewhere", "NO_COLOR": "1"}

    isolate(environment)

    assert environment["NO_COLOR"] == "1"
    assert not {"AWS_PROFILE", "AWS_ENDPOINT_URL"} & environment.keys()
    assert environment["AWS_CONFIG_FILE"] == "/dev/null"


def test_a_proxy_is_for_the_world_and_not_for_this_machine():
    environment = base_environment({"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "example.com"})

    assert environment["HTTPS_PROXY"] == "http://proxy:3128"
    assert environment["NO_PROXY"] == "example.com,127.0.0.1,localhost"


def test_a_port_in_use_is_one_sentence_that_names_the_option():
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(StartupError, match=f"^port {port} is in use; choose another with PORT=…$"):
            require_free(port, option="PORT")


def test_a_free_port_passes():
    require_free(free_port(), option="PORT")
