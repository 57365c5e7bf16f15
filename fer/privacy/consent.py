"""What a student is told before they join, in their language. To add a language, copy a block and translate it.

Each text is Markdown. ``keep_days`` and ``least_visible`` stand for numbers; everything in ``en`` must be in every language.
"""

from dataclasses import dataclass

from fer.records import CLASS_ONLY, PER_STUDENT, PRESENCE


@dataclass(frozen=True, slots=True)
class Consent:
    """What happens, what the student agrees to, and what they read when they have not agreed."""

    title: str
    text: str
    agree: str
    missing: str


TEXTS = {
    "en": {
        "title": "What happens to your picture",
        "title without camera": "What is stored about you",
        "camera": "Your camera picture goes to the school's server. It is looked at there about twice a second and then thrown "
        "away: **no picture or video is stored**.",
        "guess": "The server guesses how your **expression** looks (such as neutral or happy). It does not know what you think "
        "or feel.",
        CLASS_ONLY: "What is stored: figures of the whole class, when at least {least_visible} faces are visible. **Nothing about "
        "your face, and no name, is stored**, and nobody sees your expression, not even your teacher.",
        PER_STUDENT: "What is stored: your name, when you were there, where in the picture your face was, and how your expression "
        "looked. Your teacher sees it by name, live and afterwards. Other students do not.",
        PRESENCE: "This lesson uses no camera and looks at no face. What is stored: when you joined, without a name.",
        "answers": "What you say by button or answer in a poll is stored too. Your teacher sees how many say it, not who.",
        "keep": "How long: {keep_days} days after the lesson, then all of it is deleted. You can see what is stored about you, "
        "and delete it, at any time during the lesson and after it.",
        "leave": "You can stop the camera or leave at any time. It has no consequence for marks or attendance.",
        "leave without camera": "You can leave at any time. It has no consequence for marks or attendance.",
        "agree": "I have read this and agree to share my camera in this lesson.",
        "agree without camera": "I have read this and want to join.",
        "missing": "Tick the box to agree, or close this page to stay out. Nothing has been stored about you.",
    },
    "de": {
        "title": "Was mit deinem Bild geschieht",
        "title without camera": "Was über dich gespeichert wird",
        "camera": "Das Bild deiner Kamera geht an den Server der Schule. Er sieht es etwa zweimal in der Sekunde an und wirft es "
        "dann weg: **Kein Bild und kein Video wird gespeichert**.",
        "guess": "Der Server schätzt, wie dein **Gesichtsausdruck** aussieht (etwa neutral oder fröhlich). Was du denkst oder "
        "fühlst, weiß er nicht.",
        CLASS_ONLY: "Gespeichert werden Zahlen der ganzen Klasse, wenn mindestens {least_visible} Gesichter zu sehen sind. **Über "
        "dein Gesicht wird nichts gespeichert, auch kein Name**, und niemand sieht deinen Ausdruck, auch deine "
        "Lehrkraft nicht.",
        PER_STUDENT: "Gespeichert werden dein Name, wann du da warst, wo im Bild dein Gesicht war und wie dein Ausdruck aussah. "
        "Deine Lehrkraft sieht es mit Namen, während der Stunde und danach. Andere sehen es nicht.",
        PRESENCE: "Diese Stunde benutzt keine Kamera und sieht kein Gesicht an. Gespeichert wird, wann du beigetreten bist, ohne "
        "Namen.",
        "answers": "Was du mit einem Knopf sagst oder in einer Umfrage antwortest, wird auch gespeichert. Deine Lehrkraft sieht, "
        "wie viele es sagen, nicht wer.",
        "keep": "Wie lange: bis {keep_days} Tage nach der Stunde, dann wird alles gelöscht. Was über dich gespeichert ist, kannst "
        "du während der Stunde und danach jederzeit ansehen und löschen.",
        "leave": "Du kannst die Kamera jederzeit ausschalten oder gehen. Auf Noten oder Anwesenheit hat das keinen Einfluss.",
        "leave without camera": "Du kannst jederzeit gehen. Auf Noten oder Anwesenheit hat das keinen Einfluss.",
        "agree": "Ich habe das gelesen und bin einverstanden, in dieser Stunde meine Kamera zu teilen.",
        "agree without camera": "Ich habe das gelesen und möchte beitreten.",
        "missing": "Setze den Haken, um zuzustimmen, oder schließe diese Seite. Über dich wurde nichts gespeichert.",
    },
}


def consent(view: str, locale: str, keep_days: int, least_visible: int) -> Consent:
    """For a lesson of this view, in the language of ``locale`` (such as "de-AT") where there is a translation, else in English."""
    texts = TEXTS.get(locale.split("-")[0].lower(), TEXTS["en"])
    points: tuple[str, ...] = ("camera", "guess", view, "answers", "keep", "leave")
    if view == PRESENCE:
        points = (view, "answers", "keep", "leave without camera")
    without = " without camera" if view == PRESENCE else ""
    text = "\n".join(f"- {texts[point].format(keep_days=keep_days, least_visible=least_visible)}" for point in points)
    return Consent(texts["title" + without], text, texts["agree" + without], texts["missing"])
