"""How good a recording is, by rules that anybody can read: the worst of them counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.domain.audio_quality import Level


@dataclass(frozen=True)
class Rule:
    """A measure, its unit, and the worst value that each level but FAILED allows.

    ``most`` False: the value must be at least that.
    """

    measure: str
    text: str
    bounds: tuple[float, float, float, float]
    most: bool = True

    def level_of(self, value: float) -> Level:
        """The best level whose bound the value keeps."""
        for level, bound in zip(Level, self.bounds, strict=False):
            if value <= bound if self.most else value >= bound:
                return level
        return Level.FAILED


RULES = (
    Rule("clipped_share", "{value:.4%} of the samples are clipped", (0.0, 0.000_01, 0.000_1, 0.01)),
    Rule("snr", "the signal-to-noise ratio is {value:.1f} dB", (50.0, 35.0, 20.0, 10.0), most=False),
    Rule("thd_plus_n", "distortion and noise lie at {value:.1f} dB", (-70.0, -50.0, -35.0, -20.0)),
    Rule("silence_share", "{value:.0%} of the time is silent", (0.5, 0.7, 0.9, 0.99)),
    Rule("dc_offset", "the direct-current offset is {value:.2%} of full scale", (0.001, 0.005, 0.02, 0.1)),
    Rule("dynamic_range", "the sound uses {value:.1f} % of full scale", (10.0, 5.0, 1.0, 0.1), most=False),
)


def grade(values: Mapping[str, float | None]) -> tuple[Level, str]:
    """The level of the measures that there are, and the sentence of the rule that gave it."""
    order = list(Level)
    worst, reason = Level.EXCELLENT, "no measure gives reason to complain"
    for rule in RULES:
        value = values.get(rule.measure)
        if value is None:
            continue
        level = rule.level_of(value)
        if order.index(level) > order.index(worst):
            worst, reason = level, rule.text.format(value=value)
    return worst, reason
