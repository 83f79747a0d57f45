from typing import Any

import pytest

from shared.domain.faults import Fault

KEYLESS = {"/v1/health", "/v1/links/{token}"}


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
        ("GET", "/v1/jobs/{jobId}/download"),
        ("DELETE", "/v1/jobs/{jobId}"),
        ("GET", "/v1/links/{token}"),
        ("GET", "/v1/health"),
    }


def test_every_route_says_whether_it_needs_a_key(document):
    assert document["components"]["securitySchemes"]["ApiKey"]["name"] == "X-API-Key"
    for path, _method, operation in operations(document):
        guarded = operation.get("security") == [{"ApiKey": []}]
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
    for schema in document["components"]["schemas"].values():
        for name in schema.get("properties", {}):
            assert "_" not in name


def test_the_documentation_page_shows_the_document(client):
    page = client.get("/docs")

    assert page.status_code == 200
    assert "/openapi.json" in page.text
