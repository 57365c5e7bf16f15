"""Enrol, list, rename and delete the people who agreed to be named in pictures, and ask who is in a picture.

    python -m fer identities words --purpose pictures --language de         the words to agree to
    python -m fer identities enrol NAME --consent WHO --country CC --purpose PURPOSE PHOTO...
    python -m fer identities list
    python -m fer identities add NAME PHOTO...
    python -m fer identities rename NAME NEW
    python -m fer identities delete NAME
    python -m fer identities export roster.csv
    python -m fer identities import roster.csv
    python -m fer identities who PICTURE... --out present.csv               who is here, who is missing

PHOTO is a picture with one person, or a folder of such; at least three. FER_IDENTITY=on switches it on. Numbers that
tell a face are biometric data (GDPR, Art. 9), so --consent names who agreed to the words: the person, or who has
custody of them.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from fer.config import Settings, SettingsError
from fer.insight.presence import WARNING, presence, presence_csv
from fer.insight.roster import export_roster, import_roster
from fer.languages import LANGUAGES, SOURCE
from fer.privacy import law
from fer.privacy.consent import IdentityTerms, identity_consent
from fer.store.audit import COMMAND_LINE, Done
from fer.store.deletion_log import DeletionLog
from fer.store.errors import StoreError
from fer.store.people import ConsentRecord
from fer.store.store import Store
from fer.vision.analyze import PictureError, open_picture
from fer.vision.analyze_files import PICTURES
from fer.vision.cards import CardError
from fer.vision.known_people import FILE, Checked, KnownPeople
from fer.vision.shown_people import delete_in, pictures_with
from fer.vision.trained_people import forget

NOTED = {  # in the audit log
    "enrol": Done.ADDED,
    "import": Done.ADDED,
    "add": Done.CHANGED,
    "rename": Done.CHANGED,
    "delete": Done.DELETED,
    "export": Done.EXPORTED,
}


def main(argv: list[str] | None = None) -> None:
    args = arguments().parse_args(argv)
    store = None
    try:
        settings = Settings.from_env()
        store = Store(settings.url, DeletionLog(settings.deletion_log))
        ACTIONS[args.action](args, store, settings)
        if args.action in NOTED:
            store.note_action(COMMAND_LINE, NOTED[args.action], f"people, by identities {args.action}", time.time())
    except (SettingsError, StoreError, CardError, ValueError) as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{error.filename} cannot be read or written ({error.strerror})")
    finally:
        if store is not None:
            store.close()


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fer identities", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    words = actions.add_parser("words", help="print the words to agree to")
    enrol_ = actions.add_parser("enrol", help="learn a person who agreed")
    enrol_.add_argument("name")
    enrol_.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    enrol_.add_argument("--consent", required=True, metavar="WHO", help="who agreed: the person, or who has custody")
    enrol_.add_argument("--country", required=True, metavar="CC", help="where the person lives, such as JP")
    for one in (words, enrol_):
        one.add_argument("--purpose", required=True, choices=law.IDENTITY_USES, help=", ".join(law.IDENTITY_USES))
        one.add_argument("--language", choices=LANGUAGES, default=SOURCE, help="of the words (%(default)s)")
        one.add_argument("--learns-more", action="store_true", help="also from pictures in which they were named")
        one.add_argument("--thumbnails", action="store_true", help="also keep a small picture of each face")
    add_ = actions.add_parser("add", help="learn more photos of a person")
    add_.add_argument("name")
    add_.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    for one in (enrol_, add_):
        one.add_argument("--somebody-else", action="store_true", help="although they look like another who is enrolled")
    actions.add_parser("list", help="who is enrolled")
    rename_ = actions.add_parser("rename", help="give a person another name")
    rename_.add_argument("name")
    rename_.add_argument("new")
    delete_ = actions.add_parser("delete", help="delete everything of a person")
    delete_.add_argument("name")
    delete_.add_argument("--pictures", action="store_true", help="also the kept pictures that show them")
    actions.add_parser("export", help="write a roster").add_argument("file", type=Path)
    actions.add_parser("import", help="add the people of a roster").add_argument("file", type=Path)
    who_ = actions.add_parser("who", help="who is in pictures, and who is missing")
    who_.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE")
    who_.add_argument("--out", type=Path, metavar="FILE", help="a CSV; without it, it is printed")
    return parser


def known(store: Store, settings: Settings) -> KnownPeople:
    if not settings.identity:
        raise SettingsError("Nobody is recognised until FER_IDENTITY=on is set. Received: FER_IDENTITY=off")
    return KnownPeople(store, settings)


def words(args: argparse.Namespace, store: Store, settings: Settings) -> None:
    print(identity_consent(terms(args), args.language).words)


def terms(args: argparse.Namespace) -> IdentityTerms:
    return IdentityTerms(args.purpose, args.learns_more, args.thumbnails)


def enrol(args: argparse.Namespace, store: Store, settings: Settings) -> None:
    people = known(store, settings)
    store.free_name(args.name)
    consent = ConsentRecord(
        agreed_by=args.consent,
        agreed_at=time.time(),
        language=args.language,
        words=identity_consent(terms(args), args.language).words,
        country=args.country.upper(),
        purpose=args.purpose,
        learns_more=args.learns_more,
        keeps_thumbnails=args.thumbnails,
    )
    checked = look(args, people)
    people.enrol(args.name, consent, checked)
    print(f"{args.name} is enrolled with {len(checked.faces)} photos. {people.learn()}")


def add(args: argparse.Namespace, store: Store, settings: Settings) -> None:
    people = known(store, settings)
    person = store.person_named(args.name)
    checked = look(args, people)
    people.add(person, checked)
    print(f"{person.name} has {len(checked.faces)} photos more. {people.learn()}")


def look(args: argparse.Namespace, people: KnownPeople) -> Checked:
    """Says why photos are left out."""
    checked = people.check(opened(args.photos), args.name, args.somebody_else)
    for problem in checked.problems:
        print(problem, file=sys.stderr)
    return checked


def opened(paths: list[Path]) -> Iterator[tuple[str, np.ndarray]]:
    """A picture at a time; of a folder all in it. What is none is said and left out."""
    for path in paths:
        inside = sorted(one for one in path.iterdir() if one.suffix.lower() in PICTURES) if path.is_dir() else [path]
        for file in inside:
            try:
                yield file.name, open_picture(file)
            except PictureError as error:
                print(error, file=sys.stderr)


def list_people(args: argparse.Namespace, store: Store, settings: Settings) -> None:
    lines = [("name", "faces", "enrolled", "agreed by", "agreed at", "country", "purpose", "words")]
    for one in store.people():
        consent, faces = one.consent, ", ".join(f"{n} {version}" for version, n in one.faces.items()) or "0"
        agreed = (consent.agreed_by, day(consent.agreed_at), consent.country, consent.purpose, consent.version)
        lines.append((one.name, faces, day(one.added_at), *agreed))
    print("\n".join("\t".join(line) for line in lines))


def day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def rename(args: argparse.Namespace, store: Store, settings: Settings) -> None:
    person = store.person_named(args.name)
    store.rename_person(person.id, args.new)
    print(f"{person.name} is called {args.new} from now on.")


def delete(args: argparse.Namespace, store: Store, settings: Settings) -> None:
    """Also where identity is switched off."""
    person = store.person_named(args.name)
    if settings.identity:
        people = KnownPeople(store, settings)
        shown = pictures_with(people, person.id)
        delete_in(store, shown, args.pictures)
        people.delete(person.id)
        are = "deleted" if args.pictures else "kept without what was read of their face (--pictures deletes them)"
        in_pictures = f"Kept pictures that showed them: {len(shown)}, {are}." if shown else ""
    else:
        store.delete_person(person.id)
        forget(settings.data_dir / FILE)
        in_pictures = "They were not looked for in kept pictures, because FER_IDENTITY is off."
    n = sum(person.faces.values())
    print(
        f"Everything of {person.name} is deleted: {n} faces, the consent, and what was learnt. {in_pictures}".rstrip()
    )


def export(args: argparse.Namespace, store: Store, settings: Settings) -> None:
    with args.file.open("w", encoding="utf-8", newline="") as file:
        n = export_roster(store, file)
    print(f"{args.file} has {n} people, with the numbers that tell their faces: keep it as you keep the database.")


def import_(args: argparse.Namespace, store: Store, settings: Settings) -> None:
    people = known(store, settings)
    with args.file.open(encoding="utf-8-sig", newline="") as file:
        added, problems = import_roster(store, file, time.time())
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{added} people are added. {people.learn()}")


def who(args: argparse.Namespace, store: Store, settings: Settings) -> None:
    people = known(store, settings)
    if problem := people.refusal() or people.problem():
        raise ValueError(problem)
    seen = [
        (name, one.box_xyxy, one.identity) for name, picture in opened(args.pictures) for one in people.seen_in(picture)
    ]
    rows = presence(seen, store.people_names().values())
    if args.out:
        args.out.write_text(presence_csv(rows), encoding="utf-8-sig", newline="")
    else:
        print(presence_csv(rows), end="")
    print(WARNING, file=sys.stderr)


ACTIONS = {
    "words": words,
    "enrol": enrol,
    "add": add,
    "list": list_people,
    "rename": rename,
    "delete": delete,
    "export": export,
    "import": import_,
    "who": who,
}
