import re
from typing import Any

import pytest

from services.api_lambda.settings import ApiLimits
from shared.domain.faults import Fault

KEYLESS = {"/v1/health", "/v1/links/{token}", "/v1/receipts/{receiptId}", "/api/v1/audio_clips/health"}
PUBLISHED = {"AudioClipAnswer", "AudioClipsHealthAnswer"}
"""In the names of a contract that was not ours to name."""


@pytest.fixture
def document(client) -> dict[str, Any]:
    return client.get("/openapi.json").json()


def operations(document: dict[str, Any]):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def references(node: Any):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from references(child)


def test_the_document_lists_exactly_the_routes_callers_were_promised(document):
    assert {(method, path) for path, method, _ in operations(document)} == {
        ("POST", "/v1/upload/presign"),
        ("POST", "/v1/transcriptions"),
        ("GET", "/v1/jobs"),
        ("GET", "/v1/jobs/{jobId}"),
        ("GET", "/v1/jobs/{jobId}/events"),
        ("GET", "/v1/jobs/{jobId}/download"),
        ("DELETE", "/v1/jobs/{jobId}"),
        ("GET", "/v1/links/{token}"),
        ("GET", "/v1/jobs/{jobId}/transcript"),
        ("GET", "/v1/search"),
        ("POST", "/v1/audio/convert"),
        ("POST", "/v1/audio/split"),
        ("POST", "/v1/audio/analyze"),
        ("POST", "/v1/audio/metadata"),
        ("POST", "/v1/audio/spectrogram"),
        ("POST", "/v1/workflows/podcast"),
        ("POST", "/v1/workflows/music-mastering"),
        ("POST", "/v1/workflows/audiobook"),
        ("POST", "/v1/audio/transcriptions"),
        ("POST", "/v1/audio/translations"),
        ("GET", "/v1/usage"),
        ("POST", "/v1/estimate"),
        ("DELETE", "/v1/files/{fileId}"),
        ("GET", "/v1/me"),
        ("DELETE", "/v1/me"),
        ("GET", "/v1/receipts/{receiptId}"),
        ("GET", "/v1/me/export"),
        ("POST", "/v1/keys"),
        ("GET", "/v1/keys"),
        ("DELETE", "/v1/keys/{keyId}"),
        ("POST", "/v1/webhooks"),
        ("GET", "/v1/webhooks"),
        ("GET", "/v1/webhooks/{webhookId}"),
        ("PATCH", "/v1/webhooks/{webhookId}"),
        ("DELETE", "/v1/webhooks/{webhookId}"),
        ("POST", "/v1/webhooks/{webhookId}/secret"),
        ("GET", "/v1/webhooks/{webhookId}/deliveries"),
        ("POST", "/v1/webhooks/{webhookId}/deliveries/{deliveryId}/replay"),
        ("DELETE", "/v1/upload/multipart/{fileId}"),
        ("GET", "/v1/batch/{batchId}"),
        ("POST", "/v1/batch"),
        ("POST", "/v1/upload/multipart/{fileId}/complete"),
        ("GET", "/v1/upload/multipart/{fileId}"),
        ("POST", "/v1/upload/multipart"),
        ("POST", "/v1/upload/multipart/{fileId}/parts"),
        ("GET", "/v1/clips/{fileId}"),
        ("GET", "/api/v1/audio_clips/{episode_id}"),
        ("GET", "/api/v1/audio_clips/health"),
        ("GET", "/v1/health"),
    }


def test_every_route_says_whether_it_needs_a_key_or_a_token(document):
    schemes = document["components"]["securitySchemes"]
    assert schemes["ApiKey"]["name"] == "X-API-Key"
    assert schemes["Bearer"]["scheme"] == "bearer"
    for path, _method, operation in operations(document):
        guarded = operation.get("security") == [{"ApiKey": []}, {"Bearer": []}]
        assert guarded is (path not in KEYLESS), path
        assert ("401" in operation["responses"]) is guarded, path


def test_every_error_is_documented_as_a_problem_with_an_example_of_each_code(document):
    codes = {fault.code for fault in Fault}
    for path, _method, operation in operations(document):
        for status, response in operation["responses"].items():
            if status.startswith(("2", "3")):
                continue
            content = response["content"]["application/problem+json"]
            assert set(response["content"]) == {"application/problem+json"}, path
            assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert set(content["examples"]) <= codes
            for example in content["examples"].values():
                assert status in ("default", str(example["value"]["status"]))
                assert "{" not in example["value"]["detail"]


def test_every_reference_leads_somewhere(document):
    for reference in set(references(document)):
        node: Any = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


def test_every_field_is_camel_case(document):
    for title, schema in document["components"]["schemas"].items():
        for name in schema.get("properties", {}):
            assert "_" not in name or title in PUBLISHED


def texts(node: Any, key: str):
    if isinstance(node, dict):
        if isinstance(node.get(key), str):
            yield node[key]
        node = [child for name, child in node.items() if name != "examples"]
    if isinstance(node, list):
        for child in node:
            yield from texts(child, key)


def test_descriptions_are_markdown_in_the_callers_names(document):
    descriptions = list(texts(document, "description"))

    assert any("`queueWaitMs`" in text for text in descriptions)
    assert [text for text in descriptions if "``" in text or re.search(r":[a-z]+:`|`\w+_\w+`", text)] == []


def test_no_title_was_made_up_from_a_name(document):
    assert list(texts(document, "title")) == ["Escriba"]
    assert set(document["components"]["schemas"]["Problem"]["properties"]) >= {"title", "detail", "code"}


def test_no_field_of_an_answer_is_null_and_nothing_else(document):
    for schema in document["components"]["schemas"].values():
        for name, field in schema.get("properties", {}).items():
            assert field.get("type") != "null", name


def test_the_document_names_its_server_without_knowing_its_name(document):
    assert [server["url"] for server in document["servers"]] == ["/"]


def test_the_examples_of_limits_are_those_of_the_defaults(document):
    examples = document["paths"]["/v1/upload/presign"]["post"]["responses"]["413"]["content"][
        "application/problem+json"
    ]["examples"]

    limits = {code: example["value"]["limitBytes"] for code, example in examples.items()}
    defaults = ApiLimits()
    assert limits == {"body-too-large": defaults.max_body_bytes, "file-too-large": defaults.max_file_bytes}


@pytest.mark.parametrize("path", ["/v1/upload/presign", "/v1/transcriptions"])
def test_callers_are_told_how_storage_refuses_another_file_than_announced(document, path):
    assert "SignatureDoesNotMatch" in document["paths"][path]["post"]["description"]
    assert "SignatureDoesNotMatch" in document["components"]["schemas"]["UploadAnswer"]["description"]


def test_the_documentation_page_shows_the_document(client):
    page = client.get("/docs")

    assert page.status_code == 200
    assert "/openapi.json" in page.text


def test_the_documentation_page_takes_nothing_from_another_host(client):
    page = client.get("/docs").text

    files = re.findall(r"""(?:src|href)=["']([^"']+)["']""", page)
    kinds = {client.get(file).headers["Content-Type"].partition(";")[0] for file in files}
    assert all(file.startswith("/docs/") for file in files)
    assert kinds == {"text/css", "text/javascript", "image/png"}
    assert "http://" not in page
    assert "https://" not in page
