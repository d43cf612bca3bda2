"""What the door itself writes to a citizen, in the active language."""

from django.utils.translation import gettext as _

from parvis.intake.told_links import make_link
from parvis.mail.letter import Content, Letter, compose


def told(email: str) -> Letter:
    """The link to everything that was said with whoever reads this mailbox, good for an hour from now."""
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
