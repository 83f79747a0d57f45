"""The table of figures in `models/fixture/README.md`, written from `evaluation.json`."""

import re
from typing import Any

from tools.fixture_model.sentences import LANGUAGES

BEGIN, END = "<!-- figures: written by tools.fixture_model -->", "<!-- end of figures -->"
ROWS = (
    ("single sentences, voices heard in training", "seen voices"),
    ("single sentences, held-out voices", "held-out voices"),
    ("single sentences, VAD filter", "seen voices, vad"),
    ("single sentences, telephone (8 kHz)", "telephone 8 kHz"),
    ("single sentences, MP3 at 32 kbit/s", "mp3 32k"),
    ("single sentences, white noise at 15 dB", "white noise 15 dB"),
    ("single sentences, with an initial prompt", "initial prompt"),
    ("10 minutes, sequential", "long-form 600s"),
    ("10 minutes, sequential, VAD filter", "long-form, vad"),
    ("10 minutes, batched", "long-form, batched"),
    ("10 minutes, `condition_on_previous_text=True`", "long-form, previous text"),
)


def table(report: dict[str, dict[str, Any]]) -> str:
    """Word error rates in percent, as Markdown; rows that were not measured are left out."""
    lines = [f"| WER in % | {' | '.join(LANGUAGES)} |", "|---|" + "---|" * len(LANGUAGES)]
    for label, key in ROWS:
        names = [f"{language} {key}" for language in LANGUAGES]
        if all(name in report for name in names):
            cells = " | ".join(f"{100 * report[name]['wer']:.1f}" for name in names)
            lines.append(f"| {label} | {cells} |")
    return "\n".join(lines)


def with_table(readme: str, report: dict[str, dict[str, Any]]) -> str:
    """The README with its table brought up to date."""
    block = f"{BEGIN}\n{table(report)}\n{END}"
    return re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: block, readme, flags=re.DOTALL)
