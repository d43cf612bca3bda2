"""Letters of intake to citizens and supervisors, in the active language."""

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.catalogue.queries.restrictions import is_restricted
from parvis.apps.content.rules import help_lines
from parvis.apps.content.rules.help_lines import HELP_LINES
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import town, working_calendar
from parvis.apps.intake.models import Alert, Contact, MailReply
from parvis.apps.intake.queries.alerts import UNNOTIFIED
from parvis.apps.intake.queries.closures import closure_words
from parvis.apps.intake.queries.form_codes import code_for
from parvis.apps.intake.queries.history_links import make_link
from parvis.apps.mail.letters import Content, Letter, compose, written
from parvis.apps.mail.models import Incoming
from parvis.apps.mail.rules.limits import LARGEST
from parvis.apps.social.models import Account
from parvis.apps.social.queries.accounts import graph_end
from parvis.apps.social.queries.words import explain
from parvis.apps.telephony.models import OutgoingText
from parvis.lib import quebec
from parvis.lib.i18n.languages import clean
from parvis.lib.words import one_line


def told(email: str) -> Letter:
    """The link to the contact history of an e-mail address, valid for an hour."""
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[
            _("Someone, you no doubt, asked on our site for all that was said between you and us."),
            _("The link opens it for one hour. After that, ask for another one on the same page."),
        ],
        action=_("See all that was said"),
        action_url=make_link(email),
        closing=[_("If it was not you, leave this letter aside: whoever asked saw nothing.")],
    )
    return compose(_("All that was said between you and us"), content)


def form_code(email: str, key: str) -> Letter:
    """The code that lets a public form go, asked by whoever wrote this address in it."""
    code = code_for(email=email, key=key)
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[_("Someone, you no doubt, is sending us a request. Write this code in the form to send it.")],
        pairs=[(_("Code"), f"{code[:3]}\u00a0{code[3:]}")],
        closing=[_("It is good for half an hour. If it was not you, leave this letter aside.")],
    )
    return compose(_("Your code: %(code)s") % {"code": code}, content)


def alert(alert_id: int) -> Letter:
    """Notifies a supervisor of a threat or distress: what, by whom, when, and where to take it."""
    row = Alert.objects.select_related("by", "case", "contact").get(pk=alert_id)
    code = clean(get_language())
    where = row.case.reference if row.case else _("contact %(number)d") % {"number": row.contact_id or 0}
    moment = quebec.moment(working_calendar().local(row.at), code)
    pairs = [(_("Where"), where), (_("Marked by"), row.author), (_("When"), moment)]
    threat, danger = row.kind == Alert.Kind.THREAT, row.kind == Alert.Kind.DANGER
    lines = "; ".join(
        f"{help_line.shown}, {help_line.en if code == 'en' else help_line.fr}" for help_line in HELP_LINES
    )
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[
            _("A threat was marked. Nothing is refused to the person; the names of the staff are told to them no more.")
            if threat
            else _danger_words(row)
            if danger
            else _("Someone seems to be in distress, and whoever answers them needs you now.")
        ],
        quote="" if _is_restricted(row) else row.words,
        pairs=pairs if threat or danger else [*pairs, (_("Help"), lines)],
        action=_("See the alert, and take it"),
        action_url=f"{settings.PARVIS_URL}/desk/alerts/",
        closing=[_("Until someone takes it, it stays on the screens; after five minutes, every manager is told.")],
    )
    subject = _("Distress, %(where)s")
    if threat or danger:
        subject = _("Threat marked, %(where)s") if threat else _("Danger in a message, %(where)s")
    return compose(subject % {"where": where}, content)


def _is_restricted(row: Alert) -> bool:
    """Whether the alert is about a restricted request: a letter is read beyond the posts that open it."""
    cases = [row.case] if row.case else []
    if row.contact:
        cases += [matter.case for matter in row.contact.matters.select_related("case") if matter.case]
    return any(is_restricted(case.subject_id) for case in cases)


def _danger_words(row: Alert) -> str:
    if not row.key.startswith(UNNOTIFIED):
        return _("A message received may speak of a danger: read it at once. Its sender was told to call 911.")
    if row.key.startswith(f"{UNNOTIFIED}open311"):
        return _("A request may speak of a danger: read it at once. Its sender was not told to call 911.")
    return _("A message received may speak of a danger: read it at once. Its sender was told nothing.")


def social_dead(account_id: int) -> Letter:
    """Tells a manager that a network refuses the token of an account: nothing leaves by it any more."""
    account = Account.objects.get(pk=account_id)
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[
            _("%(network)s refuses the token of this account: nothing leaves by it any more.")
            % {"network": account.get_network_display()},
            explain(account.error_code),
        ],
        pairs=[(_("Account"), account.name), (_("In its words"), account.error)],
        action=_("Connect it again"),
        action_url=f"{settings.PARVIS_URL}/desk/social/",
    )
    return compose(_("%(account)s no longer publishes") % {"account": account}, content)


def graph_version() -> Letter:
    """Tells a manager that the version of Facebook's interface in the settings ends, or has ended."""
    end = graph_end()
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[
            _("Parvis asks Facebook for the version %(version)s of its interface, which ends on %(day)s.")
            % {"version": settings.PARVIS_GRAPH_VERSION, "day": end.isoformat() if end else ""},
            _("Ask whoever runs the server to change PARVIS_GRAPH_VERSION, then to publish once to check."),
        ],
    )
    return compose(_("Facebook: the version of the interface ends"), content)


def texts_used_up(kind: str) -> Letter:
    """Tells a manager that one kind of texts reached its limit of the day, and what becomes of the next ones."""
    then = {
        OutgoingText.Kind.CODE: _(
            "Who asks for a code is told to use e-mail or to call, until midnight. Someone may be asking for many."
        ),
        OutgoingText.Kind.WARNING: _(
            "A danger told by text still alerts the agents, but nothing is answered by itself until midnight."
        ),
    }
    held = _("The next ones wait, and leave after midnight. None is lost. The other kinds leave as usual.")
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[
            _("The texts that the town pays for in a day are used up for one kind: %(kind)s (%(parts)s parts).")
            % {"kind": OutgoingText.Kind(kind).label, "parts": settings.PARVIS_TEXTS_A_DAY.get(kind, 0)},
            then.get(OutgoingText.Kind(kind), held),
            _(
                "The page of channels says what leaves, and pauses it. "
                "PARVIS_TEXTS_A_DAY sets the limit, on the server."
            ),
        ],
        action=_("See the texts of today"),
        action_url=f"{settings.PARVIS_URL}/desk/channels/#texts",
    )
    return compose(_("Texts: the limit of the day is reached"), content)


def mail_receipt(contact_id: int) -> Letter:
    """Says to whoever wrote that the message came, and who answers it; quotes its subject only (RFC 3834, 3)."""
    contact, place, code = Contact.objects.get(pk=contact_id), town(), clean(get_language())
    subject = one_line(contact.subject_line)
    paragraphs = [_("Your message is received. A person reads it, and answers you at this address.")]
    if subject:
        paragraphs.insert(0, _("About: %(subject)s") % {"subject": subject})
    if closed := closure_words(code, contact.started_at):
        paragraphs.append(closed)
    closing = [
        _("If it cannot wait, call %(phone)s. When someone is in danger, call 911.")
        % {"phone": quebec.phone(place.phone, code)},
        _("To add something, answer this message."),
    ]
    return compose(_("We received your message"), Content(_("Hello,"), paragraphs=paragraphs, closing=closing))


def danger_line(*names: str) -> Letter:
    """What to do at once, to whoever writes of a danger or of distress: an e-mail is read too late.

    `names` are the help lines to give beside 911 (`content.rules.help_lines`).
    """
    lines, code = help_lines.named(names), clean(get_language())
    pairs = [(line.shown, line.en if code == "en" else line.fr) for line in lines]
    paragraphs = [_("Your message may speak of a danger. Nobody may read it in time: call 911 now.")]
    subject = _("If someone is in danger, call 911")
    if help_lines.GAS in lines:
        paragraphs.append(help_lines.FIRST["go_out"][code])
    if help_lines.SUICIDE in lines:
        line = help_lines.SUICIDE.shown
        subject = _("Someone listens, day and night: %(line)s") % {"line": line}
        paragraphs = [
            _("What you write worries us. You are not alone: call %(line)s now, day and night.") % {"line": line},
            _("Nobody may read your message in time. If a life is in danger, call 911."),
        ]
    emergency = help_lines.EMERGENCY
    pairs = [(emergency.shown, emergency.en if code == "en" else emergency.fr), *pairs] if pairs else []
    content = Content(
        greeting=_("Hello,"),
        paragraphs=paragraphs,
        pairs=pairs,
        closing=[_("This answer is automatic. Our team was alerted too.")],
    )
    return compose(subject, content)


def mail_reply(reply_id: int) -> Letter:
    """What an agent wrote to someone, above the message it answers, if any."""
    reply = MailReply.objects.select_related("contact").get(pk=reply_id)
    mails = reply.contact.mails.select_related("incoming").filter(incoming__received_at__lte=reply.at)
    received = mails.order_by("-incoming__received_at", "-pk").first()
    if received is None:
        return written(reply.subject, reply.words)
    incoming, code = received.incoming, clean(get_language())
    moment = quebec.moment(working_calendar().local(incoming.sent_at or incoming.received_at), code)
    introduction = (
        f"On {moment}, {incoming.sender} wrote:" if code == "en" else f"Le {moment}, {incoming.sender} a écrit\u00a0:"
    )
    return written(reply.subject, reply.words, introduction=introduction, quote=incoming.text)


def mail_reply_copy(reply_id: int) -> Letter:
    """The same letter, for someone else who received the message."""
    return mail_reply(reply_id)


def mail_too_large(incoming_id: int) -> Letter:
    """Tells the sender of a message that was too large how to send it."""
    incoming = Incoming.objects.get(pk=incoming_id)
    sizes = {"size": max(1, round(incoming.size / 1_000_000)), "most": LARGEST // 1_000_000}
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[
            _("Your message is too large for us to receive: %(size)d MB, when %(most)d MB is the most.") % sizes,
            _("Please send it again with smaller files, or in several messages. On our site, photos are made smaller."),
        ],
        action=_("Make a request"),
        action_url=f"{settings.PARVIS_URL}/demande/",
        closing=[_("A machine wrote this answer; someone at the town sees that you wrote. If it is urgent, call us.")],
    )
    return compose(_("Your message was too large"), content)


def access_cut(user_id: int, reader_id: int, by_id: int) -> Letter:
    """Tells someone that an access was cut: the person whose it is, or a manager who may undo it."""
    user, by, own = User.objects.get(pk=user_id), User.objects.get(pk=by_id), user_id == reader_id
    names = {"name": user.display_name, "by": by.display_name}
    if own:
        paragraphs = [
            _("%(by)s cut your access to Parvis: it acts at once, on every device.") % names,
            _("If it is a mistake, speak to another manager: they may undo it."),
        ]
        return compose(_("Your access is cut"), Content(_("Hello,"), paragraphs=paragraphs))
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[
            _("%(by)s cut the access of %(name)s: it acts at once, on every device.") % names,
            _("If it is a mistake, you may undo it, until what is in their name is given to others."),
        ],
        action=_("See the account"),
        action_url=f"{settings.PARVIS_URL}/desk/offboarding/{user_id}/",
    )
    return compose(_("Access cut: %(name)s") % names, content)


def access_back(user_id: int, reader_id: int, by_id: int) -> Letter:
    """Tells someone that an access is open again: the person whose it is, or the manager who had cut it."""
    user, by = User.objects.get(pk=user_id), User.objects.get(pk=by_id)
    names = {"name": user.display_name, "by": by.display_name}
    if user_id == reader_id:
        words = _("%(by)s opened your access to Parvis again. Sign in as before.") % names
        return compose(_("Your access is open again"), Content(_("Hello,"), paragraphs=[words]))
    words = _("%(by)s opened again the access of %(name)s, which you had cut.") % names
    return compose(_("Access open again: %(name)s") % names, Content(_("Hello,"), paragraphs=[words]))
