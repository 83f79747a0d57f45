"""Truths that span files: every port has an adapter and a fake, every adapter says what it may do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ADAPTERS = {path.stem: path for path in (ROOT / "shared" / "aws").glob("*.py")}
PORTS = sorted(
    path.stem
    for path in (ROOT / "shared" / "ports").glob("*.py")
    if "(Protocol)" in path.read_text(encoding="utf-8")
)
NO_CLOUD = {"clock", "link_signer", "scale_in_protection"}
"""Ports whose adapter needs no AWS API: the machine's clock, shared/links.py, the ECS agent."""


@pytest.mark.parametrize("port", PORTS)
def test_every_port_of_the_cloud_has_an_adapter_and_a_fake_of_the_same_name(port: str) -> None:
    if port not in NO_CLOUD:
        assert port in ADAPTERS
        assert (ROOT / "shared" / "testing" / f"{port}.py").is_file()


@pytest.mark.parametrize("port", sorted(set(PORTS) - NO_CLOUD))
def test_every_adapter_lists_the_actions_it_needs(port: str) -> None:
    actions = re.findall(r"^\s*IAM: (.+)$", ADAPTERS[port].read_text(encoding="utf-8"), re.MULTILINE)
    assert actions, f"shared/aws/{port}.py has no line that starts with 'IAM:'"
    for action in ", ".join(actions).split(", "):
        assert re.fullmatch(r"[a-z0-9-]+:[A-Z][A-Za-z]+", action), action


@pytest.mark.parametrize("service", sorted(p.parent.name for p in (ROOT / "services").glob("*/bootstrap.py")))
def test_every_service_has_its_rooms(service: str) -> None:
    folder = ROOT / "services" / service
    for room in ("__init__.py", "__main__.py", "settings.py", "bootstrap.py"):
        assert (folder / room).is_file(), room
    assert len((folder / "__main__.py").read_text(encoding="utf-8").splitlines()) <= 10


def test_jobs_are_asked_for_in_one_place_which_knows_the_queue_of_their_kind() -> None:
    """Beside it, only the chaos test makes messages of jobs: copies, as a queue that delivers twice does."""
    made = {
        path.relative_to(ROOT).as_posix()
        for room in ("shared", "services", "local", "tools")
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"\bJobMessage\(\w+=", path.read_text(encoding="utf-8"))
    }
    assert made == {"shared/worker/job_queues.py"}


def test_every_link_between_the_documents_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
        for target in re.findall(r"\]\(([^)#:]+)[^):]*\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []
