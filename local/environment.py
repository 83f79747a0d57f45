"""The environment of the platform's processes: written out, not inherited.

Nothing in it can reach a real AWS account: the credentials are the emulator's, and boto3 finds neither
configuration files nor an instance's metadata service.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from local.loopback import LOOPBACK

CHECKOUT = Path(__file__).resolve().parents[1]
"""Where processes run, so that ``python -m`` finds them."""

_PASSED_ON = frozenset(
    {"PATH", "HOME", "USER", "TMPDIR", "TZ", "LANG", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"}
)
_PASSED_ON_PREFIXES = ("LC_", "HF_", "OMP_", "MKL_", "OPENBLAS_", "CT2_")
"""``HF_*``, the certificates and the proxies are for fetching a named model. The last four choose the
numeric libraries' kernels, and different kernels round differently: a worker must hear what the same
engine hears in any other process of this machine."""

_PROXIES = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"})


def base_environment(inherited: Mapping[str, str] | None = None) -> dict[str, str]:
    """What every process gets, whatever it does."""
    source = os.environ if inherited is None else inherited
    environment = {name: value for name, value in source.items() if _is_passed_on(name)}
    not_by_proxy = ",".join(filter(None, (source.get("NO_PROXY"), LOOPBACK, "localhost")))
    return environment | {
        "NO_PROXY": not_by_proxy,
        "no_proxy": not_by_proxy,
        "PYTHONUNBUFFERED": "1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def isolate(environment: MutableMapping[str, str]) -> None:
    """Keep the process whose environment this is from real accounts too: entry points call boto3 themselves.

    What has nothing to do with AWS or proxies stays as it was.
    """
    for name in [name for name in environment if name.startswith("AWS_")]:
        del environment[name]
    environment.update(base_environment(environment))


def _is_passed_on(name: str) -> bool:
    return name in _PASSED_ON or name.startswith(_PASSED_ON_PREFIXES) or name.upper() in _PROXIES
