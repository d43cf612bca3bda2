"""The layout of the forms of news: French beside English, then the area, then the schedule."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList, PublishingPanel

from parvis.surfaces.editor.news.forms import PlainPageForm, PublishableForm


def _pair(name: str) -> FieldRowPanel:
    return FieldRowPanel([FieldPanel(f"{name}_fr"), FieldPanel(f"{name}_en")], classname="pair")


def _words(*names: str) -> MultiFieldPanel:
    help_text = _("Where the English is empty, English readers are given the French.")
    return MultiFieldPanel([_pair(name) for name in names], heading=_("Text"), classname="pairs", help_text=help_text)


PICTURE = MultiFieldPanel(
    [FieldPanel("image"), _pair("image_description")],
    heading=_("Picture"),
    help_text=_("Its description is read to those who do not see it: say what it shows, not that it is a picture."),
)

NEWS = ObjectList(
    [
        _words("title", "summary", "body"),
        PICTURE,
        FieldPanel("subject"),
        MultiFieldPanel(
            [FieldPanel("sectors"), FieldPanel("streets")],
            heading=_("Whom it concerns"),
            help_text=_("Nothing chosen: the whole town. It is then shown to everyone who follows a street."),
        ),
        PublishingPanel(),
    ],
    base_form_class=PublishableForm,
)

PAGE = ObjectList(
    [
        FieldPanel(
            "slug",
            help_text=_("confidentialite, accessibilite, donnees-ouvertes: in place of the standard pages."),
        ),
        _words("title", "body"),
        PublishingPanel(),
    ],
    base_form_class=PlainPageForm,
)

WHEN = MultiFieldPanel(
    [FieldRowPanel([FieldPanel("starts_at"), FieldPanel("ends_at")]), _pair("place"), FieldPanel("cancelled")],
    heading=_("When and where"),
)

EVENT = ObjectList(
    [_words("title", "body"), WHEN, PICTURE, FieldPanel("subject"), FieldPanel("url"), PublishingPanel()],
    base_form_class=PublishableForm,
)

SESSION = ObjectList(
    [FieldPanel("kind"), _words("title", "body"), WHEN, _pair("documents"), PublishingPanel()],
    base_form_class=PublishableForm,
)
