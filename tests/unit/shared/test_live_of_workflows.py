"""What is said of a workflow while somebody watches: the step it is at, and in the end what was measured."""

from shared.domain.audio_quality import Level, QualityMetrics
from shared.domain.faults import Fault
from shared.domain.jobs import JobError, JobStatus, JobType
from shared.domain.live import live_message
from shared.domain.workflows import WorkflowResult
from shared.testing.builders import make_job, make_outputs


def said(**changes):
    return live_message(make_job(type=JobType.PODCAST, **changes), lambda output: f"https://x/{output.key}")


def test_progress_names_the_step_that_is_worked_on():
    assert said(status=JobStatus.PROCESSING, current_step="post-check").current_step == "post-check"
    assert said(status=JobStatus.PROCESSING).current_step == "podcast"
    assert said(status=JobStatus.QUEUED, current_step="convert").current_step == "queued"


def test_a_failure_names_the_step_that_it_was_in():
    failed = said(status=JobStatus.FAILED, current_step="convert", error=JobError.of(Fault.NO_AUDIO_DATA))
    assert (failed.step, failed.code) == ("convert", "no-audio-data")


def test_the_end_brings_files_and_measures():
    quality = QualityMetrics(level=Level.GOOD, rule="none", integrated_lufs=-16.1)
    result = WorkflowResult(mode="quick", duration_seconds=3, passed=True, quality=quality)
    done = said(status=JobStatus.COMPLETED, result=result, outputs=make_outputs(make_job()))
    assert done.quality_metrics == quality
    assert [file.filename for file in done.output_files] == ["meeting.txt", "meeting.json"]
