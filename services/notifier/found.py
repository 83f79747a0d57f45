"""What a mail says that a job of the audio toolbox found out, where that is all that came of it."""

from __future__ import annotations

from services.notifier.wording import excerpt, one_line
from shared.domain.file_tags import FileTags
from shared.domain.results import OperationResult

MOST_NAMED = 20
MOST_CHARACTERS = 120
_MEASURES = (
    ("loudness", "integrated_lufs", "LUFS"),
    ("loudness range", "loudness_range_lu", "LU"),
    ("true peak", "true_peak_db", "dBTP"),
    ("noise floor", "noise_floor_db", "dB"),
    ("signal-to-noise ratio", "snr", "dB"),
    ("tempo", "tempo_bpm", "BPM"),
)


def found_facts(result: OperationResult) -> list[tuple[str, str]]:
    """Names and values: measures of the sound, the file's tags. Only the first of very many."""
    facts = [
        (name, f"{value:g} {unit}")
        for name, field, unit in _MEASURES
        if (value := getattr(result.quality, field, None)) is not None
    ]
    if result.quality is not None and result.quality.key is not None:
        facts.append(("key", result.quality.key))
    tags = result.tags or FileTags()
    facts += [(one_line(name), excerpt(text, MOST_CHARACTERS)) for name, text in tags.texts.items()]
    if tags.chapters:
        facts.append(("chapters", str(len(tags.chapters))))
    return facts[:MOST_NAMED]
