"""What no build here can try: that an image holds all its service imports, and nothing it must not."""

from __future__ import annotations

import importlib.metadata
import json
import re
import sys
import tomllib
from functools import cache
from pathlib import Path

import grimp
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.images import ROOT, dockerfiles

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GROUPS = PYPROJECT["dependency-groups"]
BUILT = sorted(dockerfiles())
ENTRIES = {"api_lambda": ("services.api_lambda.handlers", "services.reconciler.handlers")}
"""What an image starts, where that is not the service's ``__main__``."""

NOT_IN_THE_IMAGE = {"api_lambda": {"uvicorn"}}
"""Imported by a function that only runs outside: uvicorn serves the API where no Lambda does."""


@cache
def imports() -> grimp.ImportGraph:
    return grimp.build_graph(
        "services", "shared", include_external_packages=True, exclude_type_checking_imports=True
    )


def imported_by(service: str) -> set[str]:
    """All modules that a service's entries import, directly or not; those of others by their top name."""
    entries = ENTRIES.get(service, (f"services.{service}.__main__",))
    return set(entries).union(*(imports().find_upstream_modules(entry) for entry in entries))


def ours(module: str) -> bool:
    return module.split(".")[0] in ("services", "shared")


def distributions_of_group(group: str) -> set[str]:
    """A dependency group with all that it needs, by canonical name, for this platform."""
    found: set[str] = set()
    wanted = [Requirement(text) for text in requirements_of(group)]
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        extras = requirement.extras | {""}
        if name in found and not requirement.extras:
            continue
        found.add(name)
        for text in importlib.metadata.requires(name) or ():
            needed = Requirement(text)
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
                wanted.append(needed)
    return found


def requirements_of(group: str) -> list[str]:
    texts: list[str] = []
    for entry in GROUPS[group]:
        texts += [entry] if isinstance(entry, str) else requirements_of(entry["include-group"])
    return texts


def instructions(service: str) -> list[str]:
    text = dockerfiles()[service].read_text(encoding="utf-8")
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE))
    return [line.strip() for line in joined.splitlines() if line.strip()]


def copied(service: str) -> list[str]:
    """What is copied from the checkout."""
    lines = [line.split()[1:] for line in instructions(service) if line.startswith("COPY")]
    return [source for words in lines if not words[0].startswith("--from") for source in words[:-1]]


def is_in(module: str, folders: list[str]) -> bool:
    return any(f"{module}.".startswith(f"{folder}.") for folder in folders)


def test_every_service_that_runs_in_a_container_has_an_image():
    assert {"api_lambda", "notifier", "transcriber"} <= set(BUILT)


@pytest.mark.parametrize("service", BUILT)
def test_every_library_that_a_service_imports_is_in_the_group_that_its_image_installs(service):
    owners = importlib.metadata.packages_distributions()
    group = distributions_of_group(service)
    libraries = {module for module in imported_by(service) if not ours(module)}
    missing = {
        library
        for library in libraries - set(sys.stdlib_module_names) - NOT_IN_THE_IMAGE.get(service, set())
        if not {canonicalize_name(owner) for owner in owners.get(library, [library])} & group
    }
    assert "pydantic" in libraries
    assert missing == set()


@pytest.mark.parametrize("service", BUILT)
def test_every_module_of_ours_that_a_service_imports_is_copied_into_its_image(service):
    folders = [source.replace("/", ".") for source in copied(service)]
    missing = {
        module
        for module in imported_by(service)
        if ours(module) and module != "services" and not is_in(module, folders)
    }
    assert missing == set()
    assert not any(module.startswith("shared.testing") for module in imported_by(service))


@pytest.mark.parametrize("service", BUILT)
def test_what_an_image_copies_is_there_and_let_through(service):
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_through = [line[1:] for line in ignored if line.startswith("!")]
    for source in copied(service):
        assert (ROOT / source).exists(), source
        assert any(Path(source).is_relative_to(allowed) for allowed in let_through), source


@pytest.mark.parametrize("service", BUILT)
def test_an_image_is_small_pinned_and_runs_as_nobody(service):
    lines = instructions(service)
    stages = [line for line in lines if line.startswith("FROM")]
    images = dict(line.split()[1].split("=", 1) for line in lines if re.match(r"ARG \w+_IMAGE=", line))
    assert len(stages) >= 2
    assert all(re.match(r"FROM \$\{\w+_IMAGE\}", line) or " AS " in line for line in stages)
    assert all(re.fullmatch(r"[a-z/-]+:3\.\d+[a-z.-]*", image) for image in images.values())
    installs = rf"pip .*--require-hashes .*--constraint constraints\.txt --group {service}"
    assert re.search(installs, " ".join(lines))
    assert "USER 10001:10001" in lines[-6:]
    assert any(line.startswith("HEALTHCHECK") for line in lines)
    assert lines[-1].startswith(("CMD [", "ENTRYPOINT ["))


@pytest.mark.parametrize("service", BUILT)
def test_an_image_starts_its_own_service(service):
    start = json.loads(instructions(service)[-1].split(" ", 1)[1])
    if service == "api_lambda":
        module, function = start[0].rsplit(".", 1)
        assert f"def {function}(" in (ROOT / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8")
    else:
        assert start == ["python", "-m", f"services.{service}"]


def test_the_transcribers_image_does_not_report_its_use_and_fetches_nothing_when_it_starts():
    [environment] = [line for line in instructions("transcriber") if line.startswith("ENV PATH")]
    assert "ORT_DISABLE_TELEMETRY=1" in environment
    assert "HF_HUB_OFFLINE=1" in environment
    assert "MODEL=${MODEL}" in environment
