import pytest

from shared.domain.sizes import limit_facts, readable_size


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1024, "1 KiB"),
        (64 * 1024, "64 KiB"),
        (1_000_000, "976.6 KiB"),
        (100 * 1024**2, "100 MiB"),
        (1024**3 - 1, "1024 MiB"),
        (2 * 1024**3, "2 GiB"),
        (1500 * 1024**4, "1500 TiB"),
    ],
)
def test_a_size_is_said_in_its_largest_unit(size_bytes, words):
    assert readable_size(size_bytes) == words


def test_a_limit_is_said_in_words_and_exactly():
    assert limit_facts(4096) == {"limit": "4 KiB", "limit_bytes": 4096}
