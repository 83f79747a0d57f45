"""The generated pages say what the code says."""

from __future__ import annotations

from tools.docs import SERVICES, stale_pages


def test_no_reference_page_is_stale() -> None:
    assert stale_pages() == []


def test_every_setting_says_what_it_means() -> None:
    silent = [
        f"{service}: {name}"
        for service, settings in SERVICES.items()
        for name, field in settings.model_fields.items()
        if not field.description
    ]
    assert silent == []
