"""The API's page ``/api/docs``, written from its OpenAPI. It has no script and loads nothing, from us or from others."""

from html import escape
from typing import Any

from fastapi.responses import HTMLResponse

STYLE = """
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
h2 { margin-top: 2.5rem; font-size: 1.1rem; overflow-wrap: anywhere }
pre, code { font-family: ui-monospace, monospace; font-size: .9rem }
pre { padding: .8rem; overflow-x: auto; border: 1px solid #8886; border-radius: .4rem }
table { border-collapse: collapse } td { padding: .2rem .8rem .2rem 0; vertical-align: top }
"""
HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'"}
CURL = {  # path -> what goes behind curl's URL
    "/v1/analyze": "-F image=@face.jpg",
    "/v1/analyze/batch": "-F images=@one.jpg -F images=@two.jpg",
    "/v1/analyze/video": "-F video=@clip.mp4 -F every=0.5",
}


def docs_page(openapi: dict[str, Any]) -> HTMLResponse:
    parts = [part(method, path, what) for path, methods in openapi["paths"].items() for method, what in methods.items()]
    return HTMLResponse(
        f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>API</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="../favicon.png"><style>{STYLE}</style></head>
<body><h1>{escape(openapi["info"]["title"])}: the API</h1><p>{escape(openapi["info"]["description"])}</p>
<p>Every request but <code>/health</code> needs a key: <code>python -m fer keys add NAME --country CC --purpose PURPOSE</code>
prints one. For programs: <a href="openapi.json">openapi.json</a>.</p>{"".join(parts)}</body></html>""",
        headers=HEADERS,
    )


def part(method: str, path: str, what: dict[str, Any]) -> str:
    call = f'curl -H "Authorization: Bearer $KEY" {"" if method == "get" else f"-X {method.upper()} "}$SERVER/api{path}'
    call += f" {CURL[path]}" if path in CURL else ""
    answers = ", ".join(f"{status} {answer['description']}" for status, answer in what["responses"].items())
    return f"""<h2><code>{method.upper()} /api{escape(path)}</code></h2><p>{escape(what.get("description", ""))}</p>
<pre>{escape(call.replace("-X POST ", ""))}</pre>{fields(what)}<p>Answers: {escape(answers)}</p>"""


def fields(what: dict[str, Any]) -> str:
    """The fields of a body as a table."""
    if "requestBody" not in what:
        return ""
    found = what["requestBody"]["content"]["application/json"]["schema"]["properties"]
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(field.get('description', ''))}</td></tr>"
        for name, field in found.items()
    )
    return f"<table>{rows}</table>"
