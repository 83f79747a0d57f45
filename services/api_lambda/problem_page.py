"""Problems as a page, where a person and not a program reads them: behind the link of an e-mail.

A route asks for it with the dependency :func:`show_problems_as_page`; every other route answers problem
documents whatever ``Accept`` says, since some HTTP libraries name text/html though no one will read it.
"""

from __future__ import annotations

from html import escape
from string import Template

from fastapi import Request

from services.api_lambda.problems import Problem

PAGE_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}

_PAGE = Template(
    """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
body { font: 1.125rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1rem; }
small { color: #595959; }
</style>
</head>
<body>
<h1>$title</h1>
<p>$detail</p>
<p><small>Code: $code. Request: $request_id.</small></p>
</body>
</html>
"""
)


def show_problems_as_page(request: Request) -> None:
    """Marks a call as one of a browser, if it prefers a page to JSON."""
    accepted = request.headers.get("accept", "").lower()
    request.state.problems_as_page = "text/html" in accepted and "json" not in accepted


def asks_for_page(request: Request) -> bool:
    """Whether the call was marked."""
    return getattr(request.state, "problems_as_page", False)


def render_page(problem: Problem) -> str:
    """A page that needs nothing besides itself: no script, no file, no other host."""
    texts = {
        "title": problem.title,
        "detail": problem.detail,
        "code": problem.code,
        "request_id": problem.request_id or "unknown",
    }
    return _PAGE.substitute({name: escape(text) for name, text in texts.items()})
