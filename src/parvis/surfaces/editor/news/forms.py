"""The Wagtail forms of news, pages and gatherings."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from wagtail.admin.forms.models import WagtailAdminModelForm

from parvis.apps.catalogue.models import Subject
from parvis.apps.news.queries.standard_pages import standard_page
from parvis.apps.news.rules.standard_pages import ADDRESSES
from parvis.ui.forms import ByName


class PublishableForm(WagtailAdminModelForm):
    """A text to publish. The dates of a schedule that has passed are left out, or nothing could be saved any more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("go_live_at", "expire_at"):
            moment = self.initial.get(name)
            if isinstance(moment, datetime) and moment <= timezone.now():
                self.initial[name] = None
        if "subject" in self.fields:
            self.fields["subject"].iterator = ByName
            self.fields["subject"].queryset = Subject.objects.filter(active=True)


class PlainPageForm(PublishableForm):
    """A page. A new one at a standard address begins with the standard text, to be completed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        slug = self.initial.get("slug", "")
        if self.instance.pk is not None or slug not in ADDRESSES:
            return
        for lang in ("fr", "en"):
            page = standard_page(slug, lang)
            if page is not None:
                self.initial |= {f"title_{lang}": page.title, f"body_{lang}": page.body}
                setattr(self.instance, f"body_{lang}", page.body)
