"""Teachers, and students where a lesson asks for it, sign in with their school's account (OpenID Connect: Google,
Microsoft, Keycloak and others).

Authlib judges what the provider says: state, signature, issuer, audience, times, nonce. What is decided here is who is a
teacher and who an admin. It ends in the product's own session, which is short, because a role can be taken away at the
school.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Mapping
from urllib.parse import quote

import httpx
from authlib.integrations.starlette_client import OAuth, OAuthError
from joserfc.errors import JoseError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from fer.config import Settings
from fer.languages import N_, _
from fer.lesson.auth import hash_token
from fer.lesson.monitor import Monitor
from fer.records import Teacher
from fer.store.audit import SERVER, SOMEBODY, Done
from fer.store.errors import StoreError
from fer.web import language
from fer.web.routes import go_on, keep

ADDRESS = "/school"
SESSION_S = 10 * 3600.0  # a school day
SIGN_IN_S = 600  # at the provider
ASK_AGAIN_S = 300  # whether a teacher still is one
SIGNS_COOKIES = "the key that signs cookies"
LONGEST_NAME = 120
# A provider may list "none" as well, and HMAC by the client's secret; neither says that a token is the provider's.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")

log = logging.getLogger(__name__)


def is_among(claims: Mapping, accounts: str) -> bool:
    """Whether the provider's word for somebody makes them one of the accounts of a setting: an address that the provider
    has verified, the domain of one, or a claim that has this value or holds it in a list."""
    for wanted in accounts.split():
        name, is_claim, value = wanted.partition("=")
        if is_claim:
            said = claims.get(name)
            if said == value or (isinstance(said, list) and value in said):
                return True
        elif wanted.lower() in (address := verified_address(claims), f"@{address.partition('@')[2]}"):
            return True
    return False


def verified_address(claims: Mapping) -> str:
    return str(claims.get("email", "")).lower() if claims.get("email_verified") is True else ""


def name_of(claims: Mapping) -> str:
    """What an admin knows somebody by."""
    said = verified_address(claims) or claims.get("name") or claims.get("preferred_username") or claims["sub"]
    return " ".join(str(said).split())[:LONGEST_NAME]


class SchoolAccount:
    """Its two addresses: out to the provider, and back."""

    def __init__(self, running: Monitor):
        self.running, settings = running, running.settings
        # By account, for who is signed in: how to ask again, and until when. In memory only, because it opens more.
        self.refresh_tokens: dict[str, tuple[str, float]] = {}
        self.provider = OAuth().register(
            "school",
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret,
            server_metadata_url=f"{settings.oidc_issuer}/.well-known/openid-configuration",
            client_kwargs={"scope": "openid email profile", "code_challenge_method": "S256", "timeout": 10},
        )
        is_secure = settings.public_url.startswith("https:")
        # Any process of the database may be the one that somebody comes back to from the provider.
        session = Middleware(
            SessionMiddleware,
            secret_key=running.store.share_first(SIGNS_COOKIES, secrets.token_urlsafe(32)),
            session_cookie=f"fer_school_{settings.cookie_mark}",
            max_age=SIGN_IN_S,
            https_only=is_secure,
        )
        routes = [Route("/login", self.login, methods=["GET"]), Route("/back", self.back, methods=["GET"])]
        self.mount = Mount(ADDRESS, Starlette(routes=routes, middleware=[session]))

    async def login(self, request: Request) -> Response:
        """GET: on to the provider. ``?lesson=ABC234``: for a student who joins that lesson."""
        request.session["lesson"] = code = request.query_params.get("lesson", "")
        choose = {"prompt": "select_account"} if code else {}  # the device may be another student's, too
        try:
            await self.know_provider()
            return await self.provider.authorize_redirect(request, back_address(self.running.settings), **choose)
        except (httpx.HTTPError, ValueError, RuntimeError) as error:
            return unreachable(request, error)

    async def back(self, request: Request) -> Response:
        """GET: from the provider, with a code that is good once."""
        lesson_code = request.session.get("lesson", "")
        try:
            await self.know_provider()
            token = await self.provider.authorize_access_token(request)
        except (OAuthError, JoseError) as error:
            log.warning("A sign-in with a school account was refused: %s", error.error)
            if lesson_code:
                return no_student(request, lesson_code)
            return refused(request, N_("The sign-in was refused. Begin it again on the page of the dashboard."))
        except (httpx.HTTPError, ValueError, RuntimeError) as error:
            return unreachable(request, error)
        claims = token.get("userinfo") or {}
        try:
            if lesson_code:
                return await run_in_threadpool(self.student, request, lesson_code, claims)
            teacher = await run_in_threadpool(self.teacher_of, claims)
            if teacher is None:
                return refused(request, N_("This account is not a teacher's here (FER_OIDC_TEACHERS)."))
            session = await run_in_threadpool(self.running.sign_in.new_school_session, teacher, SESSION_S)
            if refresh_token := token.get("refresh_token"):
                self.refresh_tokens[self.account_of(claims)] = refresh_token, time.monotonic() + SESSION_S
        except StoreError as error:
            return PlainTextResponse(f"{error}\n", status_code=503)
        request.session.clear()
        return go_on(request, "/dashboard", self.running.sign_in.cookie, session, SESSION_S)

    def account_of(self, claims: Mapping) -> str:
        return hash_token(f"{self.running.settings.oidc_issuer} {claims.get('sub', '')}")

    def student(self, request: Request, lesson_code: str, claims: Mapping) -> Response:
        """On to the lesson with the seat of this account, which says nothing of it once the lesson is over."""
        students, lesson = self.running.students, self.running.store.lesson_by_code(lesson_code)
        request.session.clear()
        if not is_among(claims, self.running.settings.oidc_students):
            return no_student(request, lesson_code)
        if lesson is None or not lesson.needs_account:
            return go_on(request, join_page(lesson_code))
        seat, proof = students.seat_of_account(lesson, self.account_of(claims))
        response = go_on(request, join_page(lesson_code), students.cookie(lesson.id), seat)
        keep(request, response, students.account_cookie(lesson.id), proof, SESSION_S)
        return response

    def is_teacher(self, claims: Mapping) -> bool:
        return is_among(claims, f"{self.running.settings.oidc_teachers} {self.running.settings.oidc_admins}")

    def teacher_of(self, claims: Mapping) -> Teacher | None:
        """Who has the account, with the role they have now; None for no teacher, whose sessions end."""
        store, account = self.running.store, self.account_of(claims)
        is_admin = is_among(claims, self.running.settings.oidc_admins)
        if not self.is_teacher(claims):
            store.sign_teacher_out(account)
            store.note_action(SOMEBODY, Done.REFUSED, "a school account that is no teacher's", time.time())
            return None
        teacher = store.teacher_signs_in(account, name_of(claims), is_admin, time.time())
        store.note_action(teacher, Done.SIGNED_IN, "as an admin" if is_admin else "as a teacher", time.time())
        return teacher

    async def watch_roles(self) -> None:
        """Asks again and again, for as long as the server runs."""
        while True:
            await asyncio.sleep(ASK_AGAIN_S)
            await self.ask_again()

    async def ask_again(self) -> None:
        """Whether who signed in here still is a teacher, or an admin, where the provider gave a refresh token for that."""
        for account, (refresh_token, until) in list(self.refresh_tokens.items()):
            try:
                claims = await self.claims_now(account, refresh_token) if time.monotonic() < until else None
                await run_in_threadpool(self.has_role, account, claims)
            except (httpx.HTTPError, ValueError, RuntimeError, JoseError, StoreError) as error:  # asked again later
                log.warning("Whether a teacher still is one could not be asked: %r", error)

    async def claims_now(self, account: str, refresh_token: str) -> Mapping | None:
        """What the provider says of an account now; None where it takes the token no more."""
        try:
            token = await self.provider.fetch_access_token(grant_type="refresh_token", refresh_token=refresh_token)
        except OAuthError as error:
            if error.error != "invalid_grant":  # something else is wrong there, or here
                raise ValueError(error.error) from error
            return None
        until = self.refresh_tokens[account][1]
        self.refresh_tokens[account] = token.get("refresh_token", refresh_token), until
        claims = await self.provider.parse_id_token(token, nonce=None) or await self.provider.userinfo(token=token)
        return claims if self.account_of(claims) == account else None

    def has_role(self, account: str, claims: Mapping | None) -> None:
        """Notes what an account is now; who is no teacher any more is signed out."""
        store, settings = self.running.store, self.running.settings
        if claims is not None and self.is_teacher(claims):
            store.set_admin(account, is_among(claims, settings.oidc_admins))
            return
        self.refresh_tokens.pop(account, None)
        if store.sign_teacher_out(account):
            store.note_action(SERVER, Done.SIGNED_OUT, "a teacher for whom the school no longer vouches", time.time())

    async def know_provider(self) -> None:
        """Its addresses and how it signs."""
        known = await self.provider.load_server_metadata()
        named = known.get("id_token_signing_alg_values_supported") or ["RS256"]
        known["id_token_signing_alg_values_supported"] = [one for one in named if one in ALGORITHMS]
        if known.get("issuer", "").rstrip("/") != self.running.settings.oidc_issuer:
            raise ValueError(f"its configuration names another issuer: {known.get('issuer')!r}")


def back_address(settings: Settings) -> str:
    """What the provider must know as the redirect address of this client."""
    return f"{settings.own_url}{ADDRESS}/back"


def refused(request: Request, sentence: str) -> Response:
    with language.of_teacher(request):
        sentence = _(sentence)
    return PlainTextResponse(f"{sentence}\n", status_code=403, headers={"Cache-Control": "no-store"})


def join_page(lesson_code: str) -> str:
    return f"/join?code={quote(lesson_code)}"


def no_student(request: Request, lesson_code: str) -> Response:
    """Back to the page that says so, in the student's language."""
    return go_on(request, f"{join_page(lesson_code)}&account=refused")


def unreachable(request: Request, error: Exception) -> Response:
    log.warning("The school's sign-in (FER_OIDC_ISSUER) cannot be used: %r", error)
    with language.of_teacher(request):
        said = _("The school's sign-in cannot be reached. Try again in a minute.")
    return PlainTextResponse(f"{said}\n", status_code=503)
