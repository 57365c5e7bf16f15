"""The API against its own OpenAPI: whatever is sent, the answer is one that it announces, and never its fault."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from fer.web.api import jobs

OPERATIONS = [
    "POST /v1/analyze",
    "POST /v1/analyze/batch",
    "POST /v1/analyze/video",
    "GET /v1/jobs/{job_id}",
    "DELETE /v1/jobs/{job_id}",
    "GET /v1/models",
    "GET /v1/health",
]
EXAMPLES = 25  # of each: a second or two


@pytest.fixture
def openapi(api, monkeypatch):
    monkeypatch.setattr(jobs, "MOST_JOBS", 1000)  # that it is full is told by 503, which counts as a failure here
    monkeypatch.setattr(jobs, "MOST_RESULTS", 1000)
    return schemathesis.openapi.from_asgi("/openapi.json", api.app)


def test_every_operation_is_tried(openapi):
    found = [operation.ok() for operation in openapi.get_all_operations()]
    assert sorted(f"{one.method.upper()} {one.path}" for one in found) == sorted(OPERATIONS)


@pytest.mark.parametrize(
    ("operation", "mode"),
    [(one, GenerationMode.POSITIVE) for one in OPERATIONS] + [(one, GenerationMode.NEGATIVE) for one in OPERATIONS[:3]],
)
def test_the_api_keeps_its_word(openapi, key, operation, mode):
    method, path = operation.split()
    headers = {"Authorization": f"Bearer {key}"}

    @given(openapi[path][method].as_strategy(generation_mode=mode))
    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def ask(case):
        not_checked = [positive_data_acceptance]  # not every text is a picture
        if case.media_type == "multipart/form-data":  # where a list of one number and the number are the same bytes
            not_checked.append(negative_data_rejection)
        case.call_and_validate(headers=headers, excluded_checks=not_checked)

    ask()
