"""Jobs of the audio toolbox wherever jobs are shown: themselves, lists, downloads, links, live."""

import json

import pytest

from shared.domain.audio_operations import AnalyseOptions, ConvertOptions, SplitOptions
from shared.domain.audio_quality import Level, QualityMetrics
from shared.domain.live import MOST_FILES_NAMED
from shared.domain.results import OperationResult
from shared.ports.link_signer import LinkClaims

QUALITY = QualityMetrics(
    level=Level.GOOD, rule="snr below 60 dB", snr=52.25, dynamic_range=71.0, clipping_detected=False
)
SPLIT = SplitOptions(by="parts", parts=2)


@pytest.fixture
def analysed(world):
    result = OperationResult(duration_seconds=12.5, quality=QUALITY)
    return world.given_completed_operation(AnalyseOptions(), result, outputs=0)


def test_a_job_shows_its_operation_and_its_outputs(world, client):
    job = world.given_completed_operation(SPLIT, outputs=2)

    view = client.get(f"/v1/jobs/{job.job_id}").json()

    assert (view["type"], view["status"], view["options"]) == ("split", "completed", None)
    assert view["operation"]["parts"] == 2
    assert [output["filename"] for output in view["outputFiles"]] == ["part 1.mp3", "part 2.mp3"]
    [step] = view["steps"]
    assert (step["name"], step["status"], step["duration"], step["output"]) == (
        "split",
        "completed",
        2.5,
        "part 1.mp3 and 1 more",
    )
    assert view["qualityMetrics"] is None


def test_measures_have_the_names_that_were_promised(client, analysed):
    metrics = client.get(f"/v1/jobs/{analysed.job_id}").json()["qualityMetrics"]

    assert metrics["level"] == "GOOD"
    assert (metrics["thdPlusN"], metrics["snr"], metrics["dynamicRange"]) == (None, 52.25, 71.0)
    assert metrics["clippingDetected"] is False


def test_every_output_can_be_fetched_under_its_name(world, client):
    job = world.given_completed_operation(SPLIT, outputs=3)

    files = client.get(f"/v1/jobs/{job.job_id}/download").json()["files"]

    assert [file["filename"] for file in files] == [f"part {number}.mp3" for number in (1, 2, 3)]
    for number, file in enumerate(files, start=1):
        assert file["url"].startswith(f"memory:user-1/{job.job_id}/output-{number:04d}.mp3?")


def test_a_job_that_measured_has_nothing_to_fetch(client, analysed):
    assert client.get(f"/v1/jobs/{analysed.job_id}/download").json() == {"files": []}


@pytest.mark.parametrize("form", ["txt", "json"])
def test_what_is_no_transcription_has_no_transcript_and_says_why(world, client, form):
    job = world.given_completed_operation(SPLIT)

    answer = client.get(f"/v1/jobs/{job.job_id}/transcript", params={"format": form})

    assert (answer.status_code, answer.json()["code"]) == (409, "not-a-transcription")
    assert "of the type split" in answer.json()["detail"]


def test_a_search_passes_over_them(world, client):
    world.given_completed_operation(SPLIT)

    assert client.get("/v1/search", params={"q": "anything"}).json()["searched"] == 0


def test_jobs_are_listed_by_type(world, client):
    job = world.given_completed_operation(SPLIT)
    world.given_completed_job()

    def listed(word):
        return [view["id"] for view in client.get("/v1/jobs", params={"type": word}).json()["jobs"]]

    assert listed("split") == [job.job_id]
    assert listed("clip") == []
    answer = client.get("/v1/jobs", params={"type": "singing"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "type")


def test_the_link_of_a_mail_leads_to_any_output(world, anonymous):
    job = world.given_completed_operation(SPLIT, outputs=2)
    token = world.links.sign(LinkClaims(job.job_id, "user-1"), now=world.clock.now())

    answers = [anonymous.get(f"/v1/links/{token}", params={"output": number}) for number in (1, 2, 3)]

    assert [answer.status_code for answer in answers] == [307, 307, 404]
    assert "output-0002.mp3?filename=part+2.mp3" in answers[1].headers["Location"]
    assert "inline" not in answers[0].headers["Location"]
    assert anonymous.get(f"/v1/links/{token}").status_code == 404


def test_whoever_watches_is_told_files_and_measures(client, world, analysed):
    many = world.given_completed_operation(SPLIT, outputs=MOST_FILES_NAMED + 7)

    def last_message(job):
        [line] = [
            line
            for line in client.get(f"/v1/jobs/{job.job_id}/events").text.splitlines()
            if line.startswith("data: ")
        ]
        return json.loads(line.removeprefix("data: "))

    measured, cut = last_message(analysed), last_message(many)

    assert measured["qualityMetrics"]["level"] == "GOOD"
    assert (measured["outputFiles"], measured["moreFiles"]) == ([], 0)
    assert len(cut["outputFiles"]) == MOST_FILES_NAMED
    assert cut["outputFiles"][0]["filename"] == "part 1.mp3"
    assert (cut["moreFiles"], cut["qualityMetrics"]) == (7, None)


def test_the_export_holds_them(world, client, analysed):
    [view] = client.get("/v1/me/export").json()["jobs"]

    assert view["type"] == "analyze"
    assert view["qualityMetrics"]["rule"] == "snr below 60 dB"


def test_a_job_that_has_not_ended_has_nothing_to_fetch_yet(world, client):
    job = world.given_processing_job(operation=ConvertOptions(format="mp3"), type="CONVERT")

    answer = client.get(f"/v1/jobs/{job.job_id}/download")

    assert (answer.status_code, answer.json()["code"]) == (409, "job-not-finished")
