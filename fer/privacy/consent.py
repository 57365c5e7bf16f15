"""What people are told before they join or are recognised in pictures, in their language.

The texts are Markdown and stand here in English; the other languages are catalogues in fer/locale. A sentence that is
changed here must be translated anew, or a test fails: nobody agrees to something out of date.
"""

from dataclasses import dataclass
from gettext import NullTranslations

from fer import languages
from fer.records import ON_DEVICE, ON_SERVER, Lesson


@dataclass(frozen=True, slots=True)
class Consent:
    """What happens, what the student agrees to, and what they read when they have not agreed."""

    title: str
    text: str
    agree: str
    missing: str

    @property
    def words(self) -> str:
        """All that is agreed to, as it is shown and kept."""
        return f"{self.title}\n\n{self.text}\n\n{self.agree}"


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which a student joins: the lesson, whether faces are looked at in it (``lesson_has_cameras``), whether this
    student shares a camera, two numbers that the texts name, and where their face is read, one of ``READ_ON``."""

    lesson: Lesson
    lesson_has_cameras: bool
    with_camera: bool
    keep_days: int
    least_visible: int
    read_on: str = ON_SERVER


@dataclass(frozen=True, slots=True)
class IdentityTerms:
    """Under which a person is recognised: what for (``law.IDENTITY_USES``), whether a picture in which they were named may
    be learnt from, and whether a small picture of each face is kept."""

    purpose: str
    learns_more: bool = False
    keeps_thumbnails: bool = False


def identity_consent(terms: IdentityTerms, language: str) -> Consent:
    """What a person agrees to before anybody can be told by their face, in one of ``LANGUAGES``."""
    _ = languages.catalogue(language).gettext
    uses = {
        "pictures": _("naming you in pictures and videos of this school or group"),
        "research": _("research"),
        "private": _("naming you in private pictures and videos of family and friends"),
    }
    points = [
        _(
            "From photos of your face a computer works out numbers by which it can tell you from others. These numbers are "
            "stored with your name. They are biometric data (GDPR, Art. 9)."
        ),
        _("They are used for this only: {purpose}. Not for marks, attendance or discipline.").format(
            purpose=uses[terms.purpose]
        ),
        _("A small picture of your face is stored from each photo.")
        if terms.keeps_thumbnails
        else _("The photos are not stored."),
        _("When you are named in a picture, that picture may be learnt from, too.")
        if terms.learns_more
        else _("Nothing is learnt from later pictures."),
        _("The computer errs: it can take you for somebody else, and a photo of you can fool it."),
        _(
            "You are free to say no, without any disadvantage. You can take your consent back at any time, and all of it is "
            "deleted at once."
        ),
    ]
    return Consent(
        _("Being recognised in pictures"),
        "\n".join(f"- {point}" for point in points),
        _("I have read this and agree, for myself or for a child in my custody."),
        _("Nobody is learnt without this consent. Nothing has been stored."),
    )


def consent(terms: Terms, language: str) -> Consent:
    """For who joins under these terms, in one of ``LANGUAGES``."""
    texts = languages.catalogue(language)
    _ = texts.gettext
    title, agree = _("What is stored about you"), _("I have read this and want to join.")
    if terms.with_camera:
        title = _("What happens to your picture")
        agree = _("I have read this and agree to share my camera in this lesson.")
        if terms.read_on == ON_DEVICE:
            agree = _("I have read this and agree that my device reads my face in this lesson.")
    elif terms.lesson_has_cameras:
        agree = _("I have read this and want to join without a camera.")
    points = [*(_camera(texts, terms) if terms.with_camera else _no_camera(texts, terms)), *_always(texts, terms)]
    missing = _("Tick the box to agree, or close this page to stay out. Nothing has been stored about you.")
    return Consent(title, "\n".join(f"- {point}" for point in points), agree, missing)


def mirror_consent(purpose: str, language: str, keep_days: int, names_people: bool = False) -> Consent:
    """For who looks into the mirror, which was opened for one of ``law.USES``; ``names_people``: those who agreed."""
    texts = languages.catalogue(language)
    _ = texts.gettext
    purposes = {
        "teaching": _("teaching, training or work"),
        "safety": _("medical or safety reasons"),
        "private": _("trying it out in private"),
        "research": _("research"),
    }
    compared = _(
        "Your face is compared with those of people who agreed to be recognised, and their names are shown here. Whoever "
        "did not agree to that stays unknown, and nothing of the comparison is stored."
    )
    names = [compared] if names_people else []
    points = [
        _(
            "Your camera picture goes to this server. It is looked at there about ten times a second and then thrown "
            "away: **no picture or video is stored**."
        ),
        _guess(texts),
        _(
            "You see here what the server guesses. **Nobody else sees it**, not even who opened this mirror, and none of "
            "it is stored. The mirror was opened for: {purpose}."
        ).format(purpose=purposes[purpose]),
        _(
            "If you take a group photo, that one picture stays in the server's memory until you throw it away or leave, "
            "so that you can download it. It is not shown to anybody else."
        ),
        texts.ngettext(
            "**The one exception**: only a teacher, in whose browser the mirror is open, can keep a group photo on this "
            "server, with what was guessed of the faces. It is deleted after {keep_days} day, or when a teacher says so.",
            "**The one exception**: only a teacher, in whose browser the mirror is open, can keep a group photo on this "
            "server, with what was guessed of the faces. It is deleted after {keep_days} days, or when a teacher says so.",
            keep_days,
        ).format(keep_days=keep_days),
        *names,
        _("Everybody who comes before this camera must agree to this, too."),
        _stop(texts),
    ]
    return Consent(
        _("What happens to your picture"),
        "\n".join(f"- {point}" for point in points),
        _("I have read this and agree to look into the mirror."),
        _("Tick the box to agree, or close this page. No picture was taken."),
    )


def _camera(texts: NullTranslations, terms: Terms) -> list[str]:
    _ = texts.gettext
    if terms.lesson.has_students:
        stored = _(
            "What is stored: your name, when you were there, where in the picture your face was, and how your "
            "expression looked. Your teacher sees it by name, live and afterwards. Other students do not."
        )
    else:
        stored = _(
            "What is stored: figures of the whole class, when at least {least_visible} faces are visible. **Nothing "
            "about your face, and no name, is stored**, and nobody sees your expression, not even your teacher."
        ).format(least_visible=terms.least_visible)
        limit = _(
            "This protects you from somebody who looks at the figures. It does not protect you from a teacher who joins "
            "with made-up students, or from classmates who agree how to look: they could work out how your expression looked."
        )
        if terms.lesson.needs_account:  # nobody makes up a student
            limit = _(
                "This protects you from somebody who looks at the figures. It does not protect you from classmates who "
                "agree with each other, or with a teacher, how to look: they could work out how your expression looked."
            )
        stored = f"{stored} {limit}"
    if terms.read_on == ON_DEVICE:
        return [*_on_device(texts, terms), stored]
    return [
        _(
            "Your camera picture goes to the school's server. It is looked at there about twice a second and then "
            "thrown away: **no picture or video is stored**."
        ),
        _guess(texts),
        stored,
    ]


def _guess(texts: NullTranslations) -> str:
    _ = texts.gettext
    return _(
        "The server guesses how your **expression** looks (such as neutral or happy). It does not know what you "
        "think or feel."
    )


def _stop(texts: NullTranslations) -> str:
    _ = texts.gettext
    return _("You can stop the camera or leave at any time. It has no consequence for marks or attendance.")


def _on_device(texts: NullTranslations, terms: Terms) -> list[str]:
    _ = texts.gettext
    if terms.lesson.has_students:
        sent = _(
            "Only numbers go to the school's server, once a second: whether a face is seen, where in the picture, and how "
            "likely each expression is. You can look at them on the page."
        )
    else:
        sent = _(
            "Only numbers go to the school's server: whether a face is seen, and every five seconds how likely each "
            "expression is. You can look at them on the page."
        )
    return [
        _(
            "**Your camera picture stays on this device.** Your browser looks at it; no picture or video leaves the device."
        ),
        sent,
        _(
            "The browser guesses how your **expression** looks (such as neutral or happy). It does not know what you "
            "think or feel."
        ),
    ]


def _no_camera(texts: NullTranslations, terms: Terms) -> list[str]:
    _ = texts.gettext
    return [
        _("You take part without a camera: no picture of you is taken, and nobody looks at your face.")
        if terms.lesson_has_cameras
        else _("This lesson uses no camera and looks at no face."),
        _("What is stored: your name, and when you were there. Your teacher sees both; other students do not.")
        if terms.lesson.has_students
        else _("What is stored: when you joined, without a name."),
    ]


def _always(texts: NullTranslations, terms: Terms) -> list[str]:
    _ = texts.gettext
    account = _(
        "You have signed in with your school account, so that nobody has two seats. Who you are there is **not stored**. "
        "Your seat has a number that is made from your account with a secret of this lesson; the secret is deleted when "
        "the lesson ends. The school's sign-in sees that you signed in here."
    )
    return [
        *([account] if terms.lesson.needs_account else []),
        _("What you say by button or answer in a poll is stored too. Your teacher sees how many say it, not who."),
        _(
            "What you ask in words is stored too; the class sees it without your name. A raised hand tells your teacher "
            "your name."
        ),
        texts.ngettext(
            "How long: {keep_days} day after the lesson, then all of it is deleted. You can see what is stored about "
            "you, and delete it, at any time during the lesson and after it.",
            "How long: {keep_days} days after the lesson, then all of it is deleted. You can see what is stored about "
            "you, and delete it, at any time during the lesson and after it.",
            terms.keep_days,
        ).format(keep_days=terms.keep_days),
        _stop(texts)
        if terms.with_camera
        else _("You can leave at any time. It has no consequence for marks or attendance."),
    ]
