"""What an agent publishes of a case: words of the town's own, a landmark, photos with rectangles burnt in."""

import re
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, Entry, EntryFile, Publication, PublicPhoto
from parvis.apps.cases.queries.access import may_publish
from parvis.apps.cases.services.journal import EntryDraft, write_entry
from parvis.apps.cases.services.transitions import lock_case
from parvis.apps.directory.models import Actor, User
from parvis.apps.files.models import Attachment
from parvis.apps.files.rules.decoder import Rectangle
from parvis.apps.files.services.attachments import erase_files
from parvis.apps.files.services.masking import mask_photo, rectangles_or_refuse
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound, or_not_found
from parvis.lib.words import one_line

LONGEST_WORDS = 600
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w")
_PHONE = re.compile(r"(?:\d[\s().-]{0,2}){10}")
_NAME_LETTERS = 3  # a shorter part of a name is a word like any other


@transaction.atomic
def publish_words(
    *,
    case_id: int,
    words_fr: str,
    words_en: str = "",
    landmark: str = "",
    exact_place: bool = False,
    by: User,
    made_at: datetime | None = None,
) -> Case:
    """Sets the public words and place of a case; all empty withdraws them. The same again writes nothing.

    Raises Invalid (words_fr, words_en, landmark) for words that hold an e-mail address, a phone number, or the name of
    the case's citizen, English without French, or too long; Conflict for a case that is not public; NotAllowed.
    `made_at`: the last change that the caller knows of; Conflict when there was another since.
    """
    case = _locked(case_id, by)
    given = {"words_fr": words_fr.strip(), "words_en": words_en.strip(), "landmark": one_line(landmark)[:160]}
    _refuse_words(case, given)
    publication = _publication(case)
    if made_at is not None and publication.changed_at != made_at:
        raise Conflict(_("Someone changed what the public sees since: nothing is undone."))
    values = {**given, "exact_place": exact_place}
    changed = [name for name, value in values.items() if getattr(publication, name) != value]
    if not changed:
        return case
    for name in changed:
        setattr(publication, name, values[name])
    _save(publication, by)
    kind = Entry.Kind.PUBLISHED if any(given.values()) or exact_place else Entry.Kind.WITHHELD
    body = "\n".join(filter(None, given.values()))
    write_entry(
        case, EntryDraft(kind, by=Actor.staff(by), body=body, data={"what": "words", "exact_place": exact_place})
    )
    return case


def publish_photo(*, case_id: int, photo: UUID, rectangles: Sequence[Sequence[int]], by: User) -> Case:
    """Publishes a copy of a photo of the case in which these rectangles replaced the pixels, instead of any earlier.

    `rectangles`: [x, y, width, height] in thousandths of the picture. Raises NotFound for a photo of another case,
    Invalid (rectangles), Conflict, NotAllowed. The picture is made before the transaction.
    """
    case = Case.objects.select_related("subject").filter(pk=case_id).first()
    if case is None:
        raise NotFound(_("This request does not exist."))
    _refuse(case, by)
    original = _photo_of(case, photo)
    given = rectangles_or_refuse(rectangles)
    name = f"{case.reference}.jpg"
    return _publish_copy(case_id, original, given, mask_photo(original, given, name=name, by=Actor.staff(by)), by)


@transaction.atomic
def withdraw_photo(*, case_id: int, photo: UUID, by: User) -> Case:
    """Takes the public copy of a photo back; its bytes are erased. Twice changes nothing."""
    case = _locked(case_id, by)
    shown = PublicPhoto.objects.filter(publication__case=case, original__key=photo, withdrawn_at=None)
    if _withdraw(shown):
        write_entry(
            case, EntryDraft(Entry.Kind.WITHHELD, by=Actor.staff(by), data={"what": "photo", "photo": str(photo)})
        )
    return case


@transaction.atomic
def review_public(*, case_id: int, by: User) -> Case:
    """Records that someone looked at a case and publishes nothing more of it now. Nothing that is public changes."""
    case = _locked(case_id, by)
    _save(_publication(case), by)
    return case


@transaction.atomic
def hide_case(*, case_id: int, hidden: bool, by: User) -> Case:
    """Takes a whole case off the public pages, or puts it back. Twice changes nothing."""
    case = _locked(case_id, by)
    publication = _publication(case)
    if bool(publication.hidden_at) != hidden:
        publication.hidden_at = now() if hidden else None
        _save(publication, by)
        kind = Entry.Kind.WITHHELD if hidden else Entry.Kind.PUBLISHED
        write_entry(case, EntryDraft(kind, by=Actor.staff(by), data={"what": "case"}))
    return case


def forget_public(case: Case, erased: Sequence[Attachment], *, words: bool) -> None:
    """Erases by law what was published of erased photos, and the words when `words`. In the caller's transaction."""
    _withdraw(PublicPhoto.objects.filter(publication__case=case, original__in=erased, withdrawn_at=None))
    if words:
        Publication.objects.filter(case=case).update(words_fr="", words_en="", landmark="", exact_place=False)


@transaction.atomic
def _publish_copy(
    case_id: int, original: Attachment, rectangles: Sequence[Rectangle], copy: Attachment, by: User
) -> Case:
    case = _locked(case_id, by)
    publication = _publication(case)
    _save(publication, by)
    _withdraw(publication.photos.filter(original=original, withdrawn_at=None))
    PublicPhoto.objects.create(
        publication=publication,
        original=original,
        masked=copy,
        rectangles=[list(rectangle) for rectangle in rectangles],
        published_at=now(),
        published_by=by,
    )
    data = {"what": "photo", "photo": str(original.key), "sha256": copy.sha256, "rectangles": len(rectangles)}
    write_entry(case, EntryDraft(Entry.Kind.PUBLISHED, by=Actor.staff(by), data=data))
    return case


def _withdraw(shown: QuerySet[PublicPhoto]) -> int:
    photos = list(shown.select_related("masked"))
    erase_files(photo.masked for photo in photos)
    return PublicPhoto.objects.filter(pk__in=[photo.pk for photo in photos]).update(withdrawn_at=now())


def _photo_of(case: Case, key: UUID) -> Attachment:
    rows = EntryFile.objects.filter(entry__case=case, attachment__key=key).select_related("attachment")
    found = or_not_found(rows.first(), _("This file does not exist."))
    return found.attachment


def _locked(case_id: int, by: User) -> Case:
    case = lock_case(case_id)
    _refuse(case, by)
    return case


def _refuse(case: Case, by: User) -> None:
    if not may_publish(by, case):
        raise NotAllowed(_("Your role does not allow this on this request."))
    if not case.subject.public:
        raise Conflict(_("Requests of this kind are never shown to the public."))


def _publication(case: Case) -> Publication:
    return Publication.objects.filter(case=case).first() or Publication(case=case)


def _save(publication: Publication, by: User) -> None:
    publication.changed_at, publication.changed_by = now(), by
    publication.save()


def _refuse_words(case: Case, given: dict[str, str]) -> None:
    errors = {name: why for name, text in given.items() if (why := _why_not(case, text))}
    if given["words_en"] and not given["words_fr"]:
        errors.setdefault("words_fr", _("Write it in French first."))
    if errors:
        raise Invalid(next(iter(errors.values())), errors)


def _why_not(case: Case, text: str) -> str:
    if len(text) > LONGEST_WORDS:
        return _("This is too long: %(most)d characters at most.") % {"most": LONGEST_WORDS}
    if _EMAIL.search(text) or _PHONE.search(text):
        return _("An e-mail address or a phone number would be shown to everyone: remove it.")
    words = {word.casefold() for word in re.findall(r"\w+", text)}
    names = re.findall(r"\w+", case.person.name) if case.person else []
    if any(len(name) >= _NAME_LETTERS and name.casefold() in words for name in names):
        return _("The name of the person who wrote would be shown to everyone: remove it.")
    return ""
