"""From a finished job to an e-mail. Pure: the same job at the same time gives the same mail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from services.notifier.advice import NOTHING_HEARD, advice_for
from services.notifier.mastered import mastered_facts
from services.notifier.wording import clock_duration, excerpt, moment, one_line, paragraph, shortened_name
from shared.domain.batches import Batch, BatchOutcome
from shared.domain.email import Email
from shared.domain.jobs import Job, JobStatus, JobType
from shared.domain.languages import AUTO, UNDETERMINED, language_name
from shared.domain.results import OperationResult, TranscriptionResult
from shared.domain.workflows import WorkflowResult
from shared.ports.link_signer import LinkClaims, LinkSigner

SUBJECT_NAME_CHARACTERS = 60
BODY_NAME_CHARACTERS = 120
PREVIEW_CHARACTERS = 300
MOST_OUTPUTS_NAMED = 10

COMPLETED = ("completed", "Transcript ready")
CONVERTED = ("converted", "Done")
SILENT = ("silent", "No speech found")
MASTERED = ("mastered", "Done")
FAILED = ("failed", "Transcription failed")
FAILED_WORK = ("failed_work", "Failed")
"""Each: the name of the template and how the subject begins."""


class MailComposer:
    """Writes the mails; templates are read and checked once, when it is made."""

    def __init__(self, *, public_api_url: str, links: LinkSigner) -> None:
        self._api_url = public_api_url.rstrip("/")
        self._links = links
        self._templates = Environment(
            loader=PackageLoader("services.notifier"),
            autoescape=select_autoescape(enabled_extensions=("html",), default=False),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["paragraph"] = paragraph

    def compose(self, job: Job, *, to: str, now: datetime) -> Email:
        """The mail about a COMPLETED or FAILED job; raises ``ValueError`` for any other."""
        if job.status is JobStatus.COMPLETED:
            if isinstance(job.result, OperationResult):
                return self._write(*CONVERTED, job, to, self._converted_facts(job, job.result, now))
            if isinstance(job.result, WorkflowResult):
                facts = {
                    **self._converted_facts(job, job.result, now),
                    **mastered_facts(job.type, job.result),
                }
                return self._write(*MASTERED, job, to, facts)
            facts = self._completed_facts(job, now)
            template, outcome = COMPLETED if facts["preview"] else SILENT
            return self._write(template, outcome, job, to, facts)
        if job.status is JobStatus.FAILED:
            template, outcome = FAILED if job.type is JobType.TRANSCRIPTION else FAILED_WORK
            return self._write(template, outcome, job, to, self._failed_facts(job))
        raise ValueError(f"there is no mail about a job that is {job.status.value}")

    def compose_for_batch(self, batch: Batch, outcome: BatchOutcome, *, to: str) -> Email:
        """The one mail about all jobs of a batch, which have ended."""
        completed, asked = outcome.by_status.get(JobStatus.COMPLETED, 0), len(batch.job_ids)
        failed = outcome.by_status.get(JobStatus.FAILED, 0)
        facts = {
            "counts": [
                (status.value.capitalize(), outcome.by_status[status])
                for status in JobStatus
                if outcome.by_status.get(status)
            ]
            + [
                (word, count)
                for word, count in (("Deleted", outcome.deleted), ("Not taken", batch.refused))
                if count
            ],
            "failures": [
                (shortened_name(item.filename, BODY_NAME_CHARACTERS), one_line(item.reason))
                for item in outcome.failures
            ],
            "more": failed - len(outcome.failures),
            "address": f"{self._api_url}/v1/batch/{batch.batch_id}",
            "reference": f"Batch {batch.batch_id}",
        }
        return self._rendered("batch", f"Batch done: {completed} of {asked} completed", to, facts)

    def _write(self, template: str, outcome: str, job: Job, to: str, facts: dict[str, object]) -> Email:
        name = job.file.filename
        subject = f"{outcome}: {shortened_name(name, SUBJECT_NAME_CHARACTERS)}"
        filename = shortened_name(name, BODY_NAME_CHARACTERS)
        reference = f"Job {job.job_id}"
        return self._rendered(template, subject, to, {"filename": filename, "reference": reference, **facts})

    def _rendered(self, template: str, subject: str, to: str, facts: Mapping[str, object]) -> Email:
        values = {"subject": subject, **facts}
        return Email(
            to=to,
            subject=subject,
            text=self._templates.get_template(f"{template}.txt").render(values),
            html=self._templates.get_template(f"{template}.html").render(values),
        )

    def _completed_facts(self, job: Job, now: datetime) -> dict[str, object]:
        if not isinstance(job.result, TranscriptionResult):
            raise ValueError(f"job {job.job_id} is COMPLETED without a result")
        link, validity = self._link(job, now)
        return {
            "duration": clock_duration(job.result.duration_seconds),
            "language": _language(job, job.result.language),
            "preview": excerpt(job.result.preview, PREVIEW_CHARACTERS),
            "silence": NOTHING_HEARD,
            "formats": [PurePosixPath(output.key).suffix.lstrip(".") for output in job.outputs],
            "link": link,
            "validity": f"{validity} Whoever has one can read the transcript.",
        }

    def _link(self, job: Job, now: datetime) -> tuple[str, str]:
        """The address of the job's outputs, and a sentence on how long it leads to them."""
        token = self._links.sign(LinkClaims(job_id=job.job_id, user_id=job.user_id), now=now)
        lifetime = timedelta(seconds=self._links.lifetime_seconds)
        hours = round(lifetime / timedelta(hours=1))
        validity = f"The links work for {hours} hours, until {moment(now + lifetime)}."
        return f"{self._api_url}/v1/links/{token}", validity

    def _converted_facts(
        self, job: Job, result: OperationResult | WorkflowResult, now: datetime
    ) -> dict[str, object]:
        link, validity = self._link(job, now)
        named = job.outputs[:MOST_OUTPUTS_NAMED]
        return {
            "operation": job.type.lower(),
            "quality": f"{result.quality.level} ({one_line(result.quality.rule)})" if result.quality else "",
            "outputs": [
                (shortened_name(output.filename, BODY_NAME_CHARACTERS), f"{link}?output={number}")
                for number, output in enumerate(named, start=1)
            ],
            "more": len(job.outputs) - len(named),
            "address": f"{self._api_url}/v1/jobs/{job.job_id}{'/download' if job.outputs else ''}",
            "validity": f"{validity} Whoever has one can fetch the file.",
        }

    def _failed_facts(self, job: Job) -> dict[str, object]:
        if job.error is None:
            raise ValueError(f"job {job.job_id} is FAILED without a reason")
        return {
            "reason": one_line(job.error.message),
            "code": job.error.code,
            "advice": advice_for(job.error.code),
        }


def _language(job: Job, code: str) -> str:
    """The language in words, with how it was found and what became of it."""
    if code == UNDETERMINED:
        return "Not determined"
    name = language_name(code)
    notes = ["detected" if job.options.language == AUTO else "as asked"]
    if job.options.task == "translate":
        notes.append("translated to English")
    return f"{name} ({', '.join(notes)})"
