"""Words known with their slips, phones found by any four digits, and on PostgreSQL an index by era.

An era is 16,384 rows in the order in which they were first written. Each lexeme begins with the era of its row, so that
the latest rows that hold a common word are found without reading all the others that hold it.
"""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from parvis.search.slips import bears, slips

PHONE_DIGITS, LEAST_DIGITS = 10, 4
BATCH = 2000
BY_ERA = [
    "DROP INDEX IF EXISTS search_lexemes",
    "ALTER TABLE search_searchrow DROP COLUMN lexemes",
    r"""ALTER TABLE search_searchrow ADD COLUMN lexemes tsvector GENERATED ALWAYS AS (array_to_tsvector(array_remove(
        string_to_array(regexp_replace(text, '(\S+)', (id >> 14)::text || '/\1', 'g'), ' '), ''))) STORED""",
    "CREATE INDEX search_lexemes ON search_searchrow USING gin (lexemes)",
]
WITHOUT_ERA = [
    "DROP INDEX search_lexemes",
    "ALTER TABLE search_searchrow DROP COLUMN lexemes",
    """ALTER TABLE search_searchrow ADD COLUMN lexemes tsvector
        GENERATED ALWAYS AS (array_to_tsvector(array_remove(string_to_array(text, ' '), ''))) STORED""",
    "CREATE INDEX search_lexemes ON search_searchrow USING gin (lexemes)",
]


def fragments(text: str) -> str:
    """The words of a person, each phone number with all its endings of four digits or more."""
    found = text.split(" ")
    for word in list(found):
        if len(word) == PHONE_DIGITS and word.isdigit():
            found += [word[at:] for at in range(PHONE_DIGITS - LEAST_DIGITS + 1)]
    return " ".join(dict.fromkeys(found))


def fill(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Learn the words of what is indexed already, and give the phones their endings."""
    row_of, slip_of = apps.get_model("search", "SearchRow"), apps.get_model("search", "Slip")
    last, known = 0, set()
    while rows := list(row_of.objects.filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = rows[-1].pk
        new = {word for row in rows for word in row.text.split(" ") if bears(word)} - known
        known |= new
        slip_of.objects.bulk_create([slip_of(slip=slip, word=word) for word in sorted(new) for slip in slips(word)])
        changed = []
        for row in rows:
            if row.kind == "person" and (text := fragments(row.text)) != row.text:
                row.text = text
                changed.append(row)
        row_of.objects.bulk_update(changed, ["text"], batch_size=200)


def by_era(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the index again, by era."""
    if schema_editor.connection.vendor == "postgresql":
        for statement in BY_ERA:
            schema_editor.execute(statement)


def without_era(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The index as it was."""
    if schema_editor.connection.vendor == "postgresql":
        for statement in WITHOUT_ERA:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("search", "0002_full_text")]
    operations = [
        migrations.CreateModel(
            name="Slip",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slip", models.CharField(max_length=24)),
                ("word", models.CharField(max_length=24)),
            ],
            options={"indexes": [models.Index(fields=["slip", "word"], name="slip_of_word")]},
        ),
        migrations.AlterField(
            "SearchRow", "kind", models.CharField(help_text="person, case or contact", max_length=10)
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(by_era, without_era),
    ]
