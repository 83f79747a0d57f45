"""What modes mean: the table that callers read says what the code does."""

from pathlib import Path

import pytest

from services.converter.workflows.kinds import KINDS
from services.converter.workflows.recipes import MODES, bit_rate_of, steps_of
from shared.domain.workflows import AudiobookOptions, MusicMasteringOptions, PodcastOptions

PAGE = (Path(__file__).resolve().parents[4] / "docs" / "workflows.md").read_text(encoding="utf-8")
FACTS = (
    lambda mode: mode.pre_check,
    lambda mode: mode.care.corrections,
    lambda mode: mode.care.verified,
    lambda mode: mode.visual,
    lambda mode: mode.master_24_bit,
    lambda mode: mode.validation,
    lambda mode: "snr" in mode.metrics,
)


def told(value):
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def test_the_table_of_modes_is_that_of_the_code():
    table = PAGE.partition("| | quick | standard | professional |")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")][1:] for line in table.splitlines()[2:]]
    assert rows == [
        [told(fact(MODES[mode])) for mode in ("quick", "standard", "professional")] for fact in FACTS
    ]


@pytest.mark.parametrize("workflow", [PodcastOptions, MusicMasteringOptions, AudiobookOptions])
@pytest.mark.parametrize("mode", MODES)
def test_every_step_of_every_workflow_is_known_and_ends_with_a_look_at_the_result(workflow, mode):
    steps = steps_of(workflow(mode=mode))
    assert set(steps) <= KINDS.keys()
    assert steps[0] == "validate"
    assert "post-check" in steps
    assert steps == tuple(name for name in KINDS if name in steps), "in the one order there is"


def test_an_option_that_is_named_wins_over_the_mode():
    quick = PodcastOptions.model_validate({"mode": "quick", "options": {"generateVisual": True}})
    careful = PodcastOptions.model_validate({"mode": "professional", "options": {"generateVisual": False}})
    assert "spectrogram" in steps_of(quick)
    assert "spectrogram" not in steps_of(careful)


def test_chapters_bring_the_transcript_along():
    steps = steps_of(PodcastOptions.model_validate({"options": {"chapters": True}}))
    assert steps[-2:] == ("transcript", "chapters")


@pytest.mark.parametrize(
    ("workflow", "quality", "bit_rate"),
    [
        (PodcastOptions, "high", 192_000),
        (PodcastOptions, "low", 96_000),
        (MusicMasteringOptions, "high", 320_000),
        (AudiobookOptions, "low", 192_000),
        (AudiobookOptions, "high", 320_000),
    ],
)
def test_a_quality_is_a_bit_rate_and_acx_gets_nothing_below_its_own(workflow, quality, bit_rate):
    asked = workflow.model_validate({"options": {"quality": quality}})
    assert bit_rate_of(asked) == bit_rate
    assert bit_rate_of(AudiobookOptions()) == 192_000
