"""Signing in with the school's account, at a provider on this machine; and tokens that must not let anybody in."""

import asyncio
import time
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import oidc_provider_mock
import pytest
import sqlalchemy as sa
from joserfc import jwt
from joserfc.jwk import RSAKey
from oidc_provider_mock import User
from starlette.applications import Starlette
from starlette.testclient import TestClient

from fer.config import Settings
from fer.lesson.auth import TeacherSignIn, hash_token
from fer.lesson.students import NeedsAccount
from fer.records import CLASS_ONLY
from fer.store.schema import LESSONS, STUDENTS
from fer.web.school_account import ALGORITHMS, SESSION_S, SchoolAccount, back_address, is_among, name_of
from tests.pages.test_pages import show, sign_in, texts

ANA, EVE = "ana@school.example.org", "eve@elsewhere.example.org"
ADA = "ada@school.example.org"
PEOPLE = (
    User(sub="ada", claims={"email": ADA, "email_verified": True}),
    User(sub="ana", claims={"email": ANA, "email_verified": True}),
    User(sub="ben", claims={"roles": ["reader", "teacher"]}),
    User(sub="eve", claims={"email": EVE, "email_verified": True}),
    User(sub="kid", claims={"email": "kid@pupils.example.org", "email_verified": True}),
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
        oidc_students="@pupils.example.org roles=teacher",
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
    says(issuer, "ben", {"roles": ["reader"]})
    try:
        assert come_back(browser, "ben").status_code == 403
    finally:
        says(issuer, "ben")
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


def says(issuer, sub, claims=None):
    """The provider says so from now on, or what it said at first."""
    at_first = next(one.claims for one in PEOPLE if one.sub == sub)
    httpx.put(f"{issuer}/users/{sub}", json=at_first if claims is None else claims).raise_for_status()


def test_a_role_that_is_taken_away_while_signed_in_ends_it_at_the_next_asking(browser, school, running, issuer):
    ben, ada = (come_back(browser, sub).cookies[running.sign_in.cookie] for sub in ("ben", "ada"))
    asyncio.run(school.ask_again())
    assert running.sign_in.is_session(ben) and running.sign_in.teacher(ada).is_admin
    says(issuer, "ben", {"roles": ["reader"]})
    says(issuer, "ada", {"roles": ["teacher"]})
    try:
        asyncio.run(school.ask_again())
    finally:
        says(issuer, "ben")
        says(issuer, "ada")
    assert not running.sign_in.is_session(ben)
    assert running.sign_in.teacher(ada) is not None and not running.sign_in.teacher(ada).is_admin
    assert list(running.store.actions()["about"])[0] == "a teacher for whom the school no longer vouches"
    assert len(school.refresh_tokens) == 1  # nobody asks for Ben any more


def test_an_account_that_the_school_closes_is_out_at_the_next_asking(browser, school, running, issuer):
    ana, ben = (come_back(browser, sub).cookies[running.sign_in.cookie] for sub in ("ana", "ben"))
    httpx.post(f"{issuer}/users/ben/revoke-tokens").raise_for_status()
    asyncio.run(school.ask_again())
    assert running.sign_in.is_session(ana) and not running.sign_in.is_session(ben)


def test_a_provider_that_is_away_signs_nobody_out(browser, school, running, monkeypatch):
    ana = come_back(browser, "ana").cookies[running.sign_in.cookie]

    async def away(**_):
        raise httpx.ConnectError("away")

    monkeypatch.setattr(school.provider, "fetch_access_token", away)
    asyncio.run(school.ask_again())
    assert running.sign_in.is_session(ana) and school.refresh_tokens


def test_the_word_for_somebody_else_is_not_taken(browser, school, running, monkeypatch):
    ana = come_back(browser, "ana").cookies[running.sign_in.cookie]

    async def of_another(*_, **__):
        return {"sub": "ada", "email": ADA, "email_verified": True}

    monkeypatch.setattr(school.provider, "parse_id_token", of_another)
    asyncio.run(school.ask_again())
    assert not running.sign_in.is_session(ana)


# Students


@pytest.fixture
def lesson(running):
    return running.lessons.start("Maths", CLASS_ONLY, "JP", "teaching", needs_account=True)


def come_to(browser, lesson, sub):
    away = browser.get(f"/school/login?lesson={lesson.code}").headers["location"]
    assert parse_qs(urlsplit(away).query)["prompt"] == ["select_account"]
    return browser.get(httpx.post(away, data={"sub": sub}).headers["location"])


def join_with(running, lesson, answer):
    """What the page does after the consent."""
    cookies = answer.cookies
    given = cookies[running.students.cookie(lesson.id)], cookies[running.students.account_cookie(lesson.id)]
    return running.sign_in.redeem(running.students.join(lesson, None, account=given)).value


def test_an_account_has_one_seat_on_whatever_browser(browser, running, lesson):
    answer = come_to(browser, lesson, "kid")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/join?code={lesson.code}")
    assert not running.store.students(lesson.id).size  # nobody joins before the consent
    seat = join_with(running, lesson, answer)
    browser.cookies.clear()
    assert join_with(running, lesson, come_to(browser, lesson, "kid")) == seat
    assert len(running.store.students(lesson.id)) == 1 and not is_in(running, answer)
    assert join_with(running, lesson, come_to(browser, lesson, "ben")) != seat
    assert len(running.store.students(lesson.id)) == 2


def test_a_removed_account_stays_removed_and_a_closed_lesson_lets_it_back(browser, running, lesson):
    seat = join_with(running, lesson, come_to(browser, lesson, "kid"))
    student = running.students.of_lesson(lesson, seat)
    running.students.remove([student.id])
    browser.cookies.clear()
    again = come_to(browser, lesson, "kid").cookies[running.students.cookie(lesson.id)]
    assert running.students.of_lesson(lesson, again).removed_at is not None
    running.students.let_back([student.id])
    running.lessons.set_joining(lesson, is_open=False)
    assert running.students.of_lesson(
        lesson, come_to(browser, lesson, "kid").cookies[running.students.cookie(lesson.id)]
    )


@pytest.mark.parametrize("sub", ["eve", "nobody"])
def test_another_account_gets_no_seat_and_is_told_on_the_page(browser, running, lesson, sub):
    answer = come_to(browser, lesson, sub)
    assert answer.headers["location"] == f"/join?code={lesson.code}&account=refused"
    assert running.students.cookie(lesson.id) not in answer.cookies
    page = show("pages/join.py", code=lesson.code, account="refused")
    assert page.error[0].value.startswith("That did not work") and not page.text_input


def test_without_an_account_nobody_joins(running, lesson):
    other = running.lessons.start("Physics", CLASS_ONLY, "JP", "teaching", needs_account=True)
    seat, proof = running.students.seat_of_account(other, "account")
    for account in (("", ""), ("made up", "made up"), (seat, ""), (seat, proof)):
        with pytest.raises(NeedsAccount):
            running.students.join(lesson, None, account=account)
    open_to_all = running.lessons.start("Chemistry", CLASS_ONLY, "JP", "teaching")
    running.students.join(open_to_all, None, account=(seat, proof))
    assert running.store.student_by_token(hash_token(seat)) is None


def test_the_page_asks_for_the_account_and_then_for_the_consent(running, lesson):
    page = show("pages/join.py", code=lesson.code)
    assert not page.checkbox and "Nothing about your face" not in texts(page)
    next(one for one in page.button if one.label == OFFER).click().run()
    assert any(f'data-go="school/login?lesson={lesson.code}"' in one.proto.body for one in page.get("html"))
    seat, proof = running.students.seat_of_account(lesson, "account")
    running.cookies |= {running.students.cookie(lesson.id): seat, running.students.account_cookie(lesson.id): proof}
    page = show("pages/join.py", code=lesson.code)
    assert "Who you are there is **not stored**" in texts(page) and "made-up students" not in texts(page)
    page.checkbox[0].check()
    next(one for one in page.button if one.label == "Join").click().run()
    assert running.students.of_lesson(lesson, seat) is not None


def test_nothing_leads_from_a_seat_to_an_account_once_the_lesson_is_over(browser, running, lesson):
    seat = join_with(running, lesson, come_to(browser, lesson, "kid"))
    stored = str(running.store.rows(sa.select(STUDENTS))) + str(running.store.rows(sa.select(LESSONS)))
    assert "kid" not in stored and seat not in stored and running.store.lesson(lesson.id).account_key in stored
    running.lessons.end(lesson)
    over = running.store.lesson(lesson.id)
    assert over.account_key is None and not over.needs_account and "account_key" not in repr(lesson)
    assert not running.students.is_of_account(over, *running.students.seat_of_account(over, "account"))
    assert running.students.of_lesson(over, seat) is not None  # their own link still opens what is stored


def test_a_teacher_may_ask_for_accounts_where_there_are_some(running, issuer):
    sign_in(running)
    what = "Only students with a school account"
    assert what not in [one.label for one in show("pages/dashboard.py").checkbox]
    object.__setattr__(running, "settings", settings_of(issuer, running.settings.data_dir))
    app = show("pages/dashboard.py")
    app.text_input[0].set_value("Maths")
    app.radio[0].set_value("presence").run()
    next(one for one in app.button if one.label == "Start the lesson").click().run()
    assert [one.needs_account for one in running.store.lessons()] == [True]


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
