"""Signing in with the school's account, at a provider on this machine; and tokens that must not let anybody in."""

import time
from urllib.parse import parse_qs, urlsplit

import httpx
import oidc_provider_mock
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from oidc_provider_mock import User
from starlette.applications import Starlette
from starlette.testclient import TestClient

from fer.config import Settings
from fer.web.school_account import ALGORITHMS, SESSION_S, SchoolAccount, back_address, is_teacher
from tests.pages.test_pages import show

ANA, EVE = "ana@school.example.org", "eve@elsewhere.example.org"
PEOPLE = (
    User(sub="ana", claims={"email": ANA, "email_verified": True}),
    User(sub="ben", claims={"roles": ["reader", "teacher"]}),
    User(sub="eve", claims={"email": EVE, "email_verified": True}),
    User(sub="mallory", claims={"email": ANA, "email_verified": False}),
)
OFFER = "Sign in with your school account"
KEY, ANOTHER = (RSAKey.generate_key(2048, {"kid": "one"}) for _ in range(2))


@pytest.fixture(scope="module")
def issuer():
    with oidc_provider_mock.run_server_in_thread(user_claims=PEOPLE) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def school(running, issuer):
    object.__setattr__(running, "settings", settings_of(issuer, running.settings.data_dir))
    return SchoolAccount(running)


def settings_of(issuer, data_dir):
    return Settings(
        data_dir=data_dir,
        oidc_issuer=issuer,
        oidc_client_id="monitor",
        oidc_client_secret="shared",
        oidc_teachers=f"{ANA} roles=teacher",
    )


@pytest.fixture
def browser(school):
    app = Starlette(routes=[school.mount])
    with TestClient(app, base_url="http://localhost:8501", follow_redirects=False) as client:
        yield client


def come_back(browser, sub):
    """Through the provider as ``sub``; the answer to who comes back."""
    away = browser.get("/school/login").headers["location"]
    back = httpx.post(away, data={"sub": sub}).headers["location"]
    return browser.get(back)


def is_in(running, answer):
    return running.sign_in.is_session(answer.cookies.get(running.sign_in.cookie, ""))


@pytest.mark.parametrize("sub", ["ana", "ben"])
def test_a_teacher_comes_in_with_a_session_of_a_school_day(browser, running, sub):
    answer = come_back(browser, sub)
    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard") and is_in(running, answer)
    said = answer.headers["set-cookie"]
    assert "HttpOnly" in said and f"Max-Age={int(SESSION_S)}" in said and "samesite=lax" in said.lower()


@pytest.mark.parametrize("sub", ["eve", "mallory", "nobody"])
def test_who_is_no_teacher_does_not(browser, running, sub):
    answer = come_back(browser, sub)
    assert answer.status_code == 403 and not is_in(running, answer)
    assert answer.text == "This account is not a teacher's here (FER_OIDC_TEACHERS).\n"


def test_the_dashboard_offers_it_where_there_is_one(running, issuer):
    assert OFFER not in [one.label for one in show("pages/dashboard.py").button]
    object.__setattr__(running, "settings", settings_of(issuer, running.settings.data_dir))
    app = show("pages/dashboard.py")
    next(one for one in app.button if one.label == OFFER).click().run()
    assert any('data-go="school/login"' in one.proto.body for one in app.get("html"))


def test_the_way_back_is_the_public_address():
    settings = Settings(public_url="https://example.org/monitor")
    assert back_address(settings) == "https://example.org/monitor/school/back"
    assert back_address(Settings(port=8600)) == "http://localhost:8600/school/back"


@pytest.mark.parametrize(
    ("claims", "teachers", "is_one"),
    [
        ({"email": "Ana@X.org", "email_verified": True}, "ana@x.org", True),
        ({"email": "ana@x.org"}, "ana@x.org", False),
        ({"email": "ana@x.org", "email_verified": "true"}, "ana@x.org", False),
        ({"email": "ana@x.org.evil.org", "email_verified": True}, "ana@x.org", False),
        ({"role": "teacher"}, "role=teacher", True),
        ({"roles": ["teacher"]}, "roles=teacher", True),
        ({"roles": "head-teacher"}, "roles=teacher", False),
        ({"roles": {"teacher": 1}}, "roles=teacher", False),
        ({}, "roles=teacher ana@x.org", False),
        ({"email": "ana@x.org", "email_verified": True}, "", False),
    ],
)
def test_who_is_a_teacher(claims, teachers, is_one):
    assert is_teacher(claims, teachers) is is_one


# Tokens made here: the provider's key is KEY, and it answers whatever the test says.


def token(nonce, key=KEY, alg="RS256", **other):
    now = int(time.time())
    claims = {"iss": None, "sub": "ana", "aud": "monitor", "exp": now + 300, "iat": now, "nonce": nonce}
    claims |= {"email": ANA, "email_verified": True} | other
    return jwt.encode({"alg": alg, "kid": "one"}, claims, key, algorithms=[alg])


@pytest.fixture
def answered(school, browser, issuer, monkeypatch):
    """``answered(make)``: the answer to a browser that comes back, where the provider's token is ``make(nonce)``."""

    def answer(make):
        asked = parse_qs(urlsplit(browser.get("/school/login").headers["location"]).query)

        async def fetch(**_):
            made = make(asked["nonce"][0])
            return {"access_token": "x", "token_type": "Bearer"} | ({"id_token": made} if made else {})

        async def keys(force=False):
            return {"keys": [KEY.as_dict(private=False)]}

        monkeypatch.setattr(school.provider, "fetch_access_token", fetch)
        monkeypatch.setattr(school.provider, "fetch_jwk_set", keys)
        return browser.get(f"/school/back?code=any&state={asked['state'][0]}")

    return answer


def test_the_tokens_of_these_tests_are_taken_where_nothing_is_wrong(answered, running, issuer):
    assert is_in(running, answered(lambda nonce: token(nonce, iss=issuer)))


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"key": ANOTHER}, 403),
        ({"aud": "another"}, 403),
        ({"iss": "https://elsewhere.example.org"}, 403),
        ({"exp": 1_700_000_000}, 403),
        ({"nonce": "of another sign-in"}, 403),
    ],
    ids=["forged", "of another client", "of another provider", "expired", "of another sign-in"],
)
def test_a_token_that_is_wrong_lets_nobody_in(answered, running, issuer, wrong, status):
    answer = answered(lambda nonce: token(**({"nonce": nonce, "iss": issuer} | wrong)))
    assert answer.status_code == status and not is_in(running, answer)


def test_an_unsigned_token_lets_nobody_in_even_where_the_provider_lists_that(answered, school, running, issuer):
    school.provider.server_metadata["id_token_signing_alg_values_supported"] = ["none", "HS256", "RS256"]
    body = token("x", iss=issuer).split(".")[1]
    answer = answered(lambda nonce: f"eyJhbGciOiJub25lIn0.{body}.")
    assert answer.status_code == 403 and not is_in(running, answer)
    assert school.provider.server_metadata["id_token_signing_alg_values_supported"] == ["RS256"]
    assert "none" not in ALGORITHMS


def test_no_token_at_all_lets_nobody_in(answered, running):
    answer = answered(lambda nonce: None)
    assert answer.status_code == 403 and not is_in(running, answer)


def test_a_way_back_that_was_not_begun_here_lets_nobody_in(browser, running):
    away = browser.get("/school/login").headers["location"]
    back = httpx.post(away, data={"sub": "ana"}).headers["location"]
    browser.cookies.clear()  # another browser
    answer = browser.get(back)
    assert answer.status_code == 403 and not is_in(running, answer)


def test_a_code_is_good_once(browser, running):
    away = browser.get("/school/login").headers["location"]
    back = httpx.post(away, data={"sub": "ana"}).headers["location"]
    assert browser.get(back).status_code == 303
    assert browser.get(back).status_code == 403


def test_a_provider_that_does_not_answer_is_said(running, issuer):
    object.__setattr__(running, "settings", settings_of("http://localhost:1", running.settings.data_dir))
    with TestClient(Starlette(routes=[SchoolAccount(running).mount])) as client:
        answer = client.get("/school/login")
    assert (answer.status_code, answer.text) == (
        503,
        "The school's sign-in cannot be reached. Try again in a minute.\n",
    )
