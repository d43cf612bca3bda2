"""What corrections still said of words that were erased by law before corrections were erased with them."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Q

WORDS = {"words", "note"}


def forget(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Erase them; that the corrections were made stays. Safe to run again."""
    correction_of, matter_of = apps.get_model("intake", "Correction"), apps.get_model("intake", "Matter")
    entry_of = apps.get_model("cases", "Entry")
    erased = entry_of.objects.filter(seq=1, salt="").values("case")
    others = matter_of.objects.exclude(case__in=erased).values("contact")
    alone = Q(matter=None, contact__in=matter_of.objects.filter(case__in=erased).values("contact"))
    for row in correction_of.objects.filter(Q(matter__case__in=erased) | alone & ~Q(contact__in=others)).iterator():
        for said in (row.before, row.after):
            said.update(dict.fromkeys(said.keys() & WORDS, ""))
        row.save(update_fields=["before", "after"])


class Migration(migrations.Migration):
    dependencies = [("intake", "0011_lighter_indexes"), ("cases", "0015_lighter_indexes")]
    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
