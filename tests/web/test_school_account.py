"""Signing in with the school's account, at a provider on this machine; and tokens that must not let anybody in."""

import time
from dataclasses import replace
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
from fer.lesson.auth import TeacherSignIn
from fer.web.school_account import ALGORITHMS, SESSION_S, SchoolAccount, back_address, is_among, name_of
from tests.pages.test_pages import show

ANA, EVE = "ana@school.example.org", "eve@elsewhere.example.org"
ADA = "ada@school.example.org"
PEOPLE = (
    User(sub="ada", claims={"email": ADA, "email_verified": True}),
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
        oidc_admins=ADA,
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


@pytest.mark.parametrize(("sub", "name", "is_admin"), [("ada", ADA, True), ("ana", ANA, False), ("ben", "ben", False)])
def test_the_session_has_the_role(browser, running, sub, name, is_admin):
    teacher = running.sign_in.teacher(come_back(browser, sub).cookies[running.sign_in.cookie])
    assert (teacher.name, teacher.is_admin) == (name, is_admin)
    again = running.sign_in.teacher(come_back(browser, sub).cookies[running.sign_in.cookie])
    assert again == teacher  # the lessons of last week are still theirs


def test_a_role_that_was_taken_away_ends_every_session_of_the_account(browser, running, issuer):
    sessions = [come_back(browser, "ben").cookies[running.sign_in.cookie] for _ in range(2)]
    other = come_back(browser, "ana").cookies[running.sign_in.cookie]
    httpx.put(f"{issuer}/users/ben", json={"roles": ["reader"]})
    try:
        assert come_back(browser, "ben").status_code == 403
    finally:
        httpx.put(f"{issuer}/users/ben", json=PEOPLE[2].claims)
    assert not any(map(running.sign_in.is_session, sessions)) and running.sign_in.is_session(other)


def test_a_changed_list_ends_the_sessions_of_school_accounts_only(browser, running):
    def after(settings):
        return TeacherSignIn(running.store, running.tickets, "", settings.port, settings.oidc_roles)

    settings = running.settings
    running.sign_in = after(settings)
    school, link = come_back(browser, "ana").cookies[running.sign_in.cookie], running.sign_in.new_session()
    assert after(settings).is_session(school)
    changed = after(replace(settings, oidc_teachers="roles=teacher"))
    assert not changed.is_session(school) and changed.is_session(link)


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
        ({"email": "Ana@x.org", "email_verified": True}, "@X.org", True),
        ({"email": "ana@x.org"}, "@x.org", False),
        ({"email": "ana@y.x.org", "email_verified": True}, "@x.org", False),
        ({"email": "ana@evil.org@x.org", "email_verified": True}, "@x.org", False),
        ({"email": "", "email_verified": True}, "@x.org", False),
        ({"iss": "https://x.org/school"}, "iss=https://x.org/school", True),
    ],
)
def test_who_is_among_the_accounts_of_a_setting(claims, teachers, is_one):
    assert is_among(claims, teachers) is is_one


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"sub": "1", "name": "Ana  B\n", "email": "Ana@x.org", "email_verified": True}, "ana@x.org"),
        ({"sub": "1", "name": "Ana  B\n", "email": "ana@x.org"}, "Ana B"),
        ({"sub": "1", "preferred_username": "x" * 200}, "x" * 120),
        ({"sub": "1"}, "1"),
    ],
)
def test_what_an_admin_knows_somebody_by(claims, name):
    assert name_of(claims) == name


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
