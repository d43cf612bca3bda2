"""A fault for each rule of tools/checks: a few files, of which one holds it, and what is said of it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FRENCH = "src/parvis/apps/planted/locale/fr/LC_MESSAGES/django.po"
SETTINGS = "docs/run/settings.md"
GUIDE = "docs/use/guide.md"
KEYS = "`F2` `A` `R` `?`"


@dataclass(frozen=True)
class Changed:
    """The file that has this path in the project, with some words replaced."""

    old: str = ""
    new: str = ""

    def text(self, path: str) -> str:
        """The file's text; the words must stand in it."""
        text = (ROOT / path).read_text(encoding="utf-8")
        assert self.old in text, (path, self.old)
        return text.replace(self.old, self.new, 1) if self.old else text


SAME = Changed()


@dataclass(frozen=True)
class Planted:
    """Files by their path, and what the one fault says; `{here}` in a setting is the folder of the tree."""

    files: dict[str, str | Changed]
    said: str
    settings: dict[str, Any] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Makes the tree."""
        for path, content in self.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(content if isinstance(content, str) else content.text(path), encoding="utf-8")


def catalogue(*entries: str) -> str:
    """A catalogue of these entries."""
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    return "\n".join([head, *entries])


def template(text: str) -> dict[str, str | Changed]:
    """A tree of one template."""
    return {"src/parvis/ui/templates/ui/planted.html": text}


PLANTED: dict[str, Planted] = {
    # the code
    "no_file_is_longer_than_a_reader_bears": Planted(
        {"src/planted.py": "x = 1\n" * 501, "src/short.py": "x = 1\n" * 500}, "src/planted.py:501: a file of 501 lines"
    ),
    "no_function_is_longer_than_a_screen": Planted(
        {"src/planted.py": "def short():\n" + "    x = 1\n" * 59 + "\n\nasync def long():\n" + "    x = 1\n" * 60},
        "src/planted.py:63: long has 61 lines",
    ),
    "no_line_of_a_template_is_longer_than_an_editor_shows": Planted(
        template("x" * 200 + "\n" + "x" * 201), "planted.html:2: a line of 201 letters"
    ),
    "imports_stand_at_the_head_of_the_file": Planted(
        {
            "src/planted.py": "import os\n\n\ndef it():\n    from os import path\n",
            "src/one/apps.py": "def it():\n    import os\n",
        },
        "src/planted.py:5: an import inside a function: from os import path",
    ),
    "a_package_exports_nothing_of_its_modules": Planted(
        {
            "src/parvis/apps/one/models/__init__.py": "from parvis.apps.one.models.rows import Row\n",
            "src/parvis/apps/one/services/__init__.py": '"""Says what it holds."""\n\nfrom os.path import join\n',
        },
        "services/__init__.py:3: import from the module that defines it: from os.path import join",
    ),
    "no_signal_decides_anything_but_the_one_of_publication": Planted(
        {
            "src/planted.py": "@receiver([post_save, post_delete])\ndef it(**more): ...\n",
            "src/parvis/surfaces/editor/receivers.py": "published.connect(it)\n",
        },
        "src/planted.py:1: a signal is listened to",
    ),
    "no_private_name_of_another_package_is_used": Planted(
        {
            "src/planted.py": (
                "from parvis import own\nfrom json import decoder\n\n_x = own._made, one._meta, decoder._scan\n"
            ),
            "tests/kept.py": "class Kept:\n    def __init__(self):\n        self._held = self._held\n",
        },
        "src/planted.py:4: a private name of another package: decoder._scan",
    ),
    "no_class_redefines_what_a_class_of_another_package_keeps_private": Planted(
        {"src/planted_base.py": "import threading\n\n\nclass Mine(threading.Thread):\n    def _bootstrap(self): ...\n"},
        "src/planted_base.py:4: Mine redefines _bootstrap",
    ),
    "a_surface_never_writes_to_the_database": Planted(
        {
            "src/parvis/surfaces/desk/planted.py": (
                "from parvis.apps.cases import services\n\nservices.update(1)\nsession.update(x=1)\ncase.save()\n"
            ),
            "src/parvis/apps/cases/planted.py": "case.save()\n",
        },
        "src/parvis/surfaces/desk/planted.py:5: a surface writes to the database: case.save()",
    ),
    "requests_are_opened_in_one_way": Planted(
        {
            "src/parvis/surfaces/desk/planted.py": "case = cases.NewCase(key)\n",
            "src/parvis/apps/cases/planted.py": "case = NewCase(key)\n",
            "src/parvis/apps/intake/services/requests.py": "case = cases.NewCase(key)\n",
        },
        "src/parvis/surfaces/desk/planted.py:1: a NewCase is made here: call intake.services.requests.open_request",
    ),
    "every_module_can_be_imported": Planted(
        {"src/planted_broken.py": "import nothing_of_this_name\n"}, "src/planted_broken.py:1: cannot be imported"
    ),
    "every_job_named_in_the_code_exists": Planted(
        {"src/planted.py": 'A = job("parvis.apps.files.tasks.sweep")\nB = job("parvis.apps.files.tasks.absent")\n'},
        "src/planted.py:2: there is no job parvis.apps.files.tasks.absent",
    ),
    "no_job_is_named_from_below_or_beside_its_app": Planted(
        {
            "pyproject.toml": SAME,
            "src/parvis/runtime/planted.py": 'A = job("parvis.apps.mail.tasks.give_up")\n',
            "src/parvis/apps/mail/planted.py": 'A = job("parvis.apps.mail.tasks.give_up")\n'
            'B = job("parvis.apps.files.tasks.sweep")\nC = job("parvis.apps.push.tasks.deliver")\n',
        },
        "src/parvis/apps/mail/planted.py:3: a job above or beside what names it: parvis.apps.push.tasks.deliver",
    ),
    "every_event_listened_to_is_announced_by_an_app_below": Planted(
        {
            "pyproject.toml": SAME,
            "src/parvis/apps/files/planted.py": 'A = event("files.file_kept")\nwhen("mail.message_received", "")\n',
            "src/parvis/apps/mail/planted.py": 'A = event("mail.message_received")\nwhen("files.file_kept", "")\n',
        },
        "src/parvis/apps/files/planted.py:2: an event announced above or beside: mail.message_received",
    ),
    "every_letter_named_in_the_code_exists": Planted(
        {"src/planted.py": 'send(renderer="parvis.apps.cases.absent.letter")\n'},
        "src/planted.py:1: there is no letter parvis.apps.cases.absent.letter",
    ),
    "nothing_of_a_town_is_in_the_code": Planted(
        {
            "tests/towns/val-des-aulnes/town.yaml": "slug: val-des-aulnes\nname: {fr: Ville de Val-des-Aulnes}\n",
            "tests/towns/val-des-aulnes/staff.yaml": "- username: zoe.unetelle\n",
            "src/parvis/apps/planted.py": '"""Xzoe.unetelle."""\n\nWHO = "Zoe.Unetelle"\n',
        },
        "src/parvis/apps/planted.py:3: names something of a town: zoe.unetelle",
    ),
    "every_icon_named_by_a_town_is_there": Planted(
        {"towns/one/subjects.yaml": "- icon: house\n- icon: nothing-of-this-name\n"},
        "towns/one/subjects.yaml:2: there is no icon nothing-of-this-name",
    ),
    # what Django tells
    "django_has_nothing_to_say": Planted(
        {},
        "src/parvis/config/settings.py:1: SystemCheckError",
        {"LANGUAGES": [["fr", "French"], ["en", "English"], ["no language!", "None"]]},
    ),
    "no_model_differs_from_its_migrations": Planted(
        {"src/planted_migrations/__init__.py": ""},
        "src/parvis:1: migrations are missing:\nMigrations for 'search'",
        {"MIGRATION_MODULES": {"search": "planted_migrations"}},
    ),
    "every_app_with_models_has_its_migrations": Planted(
        {
            "src/parvis/apps/one/models/__init__.py": "",
            "src/parvis/apps/one/migrations/0001_initial.py": "",
            "src/parvis/apps/planted/models.py": "",
        },
        "src/parvis/apps/planted/models.py:1: there is no migrations/0001_*.py",
    ),
    "the_schema_holds_every_migration": Planted(
        {
            "src/parvis/apps/planted/apps.py": 'class Config(AppConfig):\n    label = "seed"\n',
            "src/parvis/apps/planted/migrations/__init__.py": "",
            "src/parvis/apps/planted/migrations/0001_initial.py": "",
            "src/parvis/apps/planted/migrations/0002_more.py": "",
            "src/parvis/operations/schema.sqlite.sql": (
                "INSERT INTO \"django_migrations\" VALUES(1,'seed','0001_initial','2026-01-01');\n"
                "INSERT INTO \"other\" VALUES(1,'seed','0002_more','2026-01-01');\n"
            ),
        },
        "src/parvis/apps/planted/migrations/0002_more.py:1: src/parvis/operations/schema.sqlite.sql does not hold",
    ),
    "every_template_compiles": Planted(
        template("one\n{% if %}"),
        "planted.html:2: TemplateSyntaxError",
        {
            "TEMPLATES": [
                {
                    "BACKEND": "django.template.backends.django.DjangoTemplates",
                    "DIRS": ["{here}/src/parvis/ui/templates"],
                }
            ]
        },
    ),
    "every_static_file_named_by_a_template_exists": Planted(
        template('{% static "ui/ui.js" %}\n{% static "ui/absent.js" %}'),
        "planted.html:2: there is no static file ui/absent.js",
    ),
    # the translations
    "every_message_is_translated": Planted(
        {FRENCH: catalogue('msgid "Open"\nmsgstr "Ouvrir"\n', 'msgid "Close"\nmsgstr ""\n')},
        f"{FRENCH}:8: to translate: 'Close'",
    ),
    "a_translation_has_only_the_places_of_its_message": Planted(
        {FRENCH: catalogue('msgid "Open %(one)s"\nmsgstr "Ouvrir %(two)s"\n')}, f"{FRENCH}:5: %(two)s is not in"
    ),
    "a_translation_has_the_typography_of_quebec": Planted(
        {FRENCH: catalogue('msgid "Open"\nmsgstr "L’ouvrir\u00a0: « oui »"\n'.replace("« oui", "«\u00a0oui"))},
        f"{FRENCH}:5: guillemets without no-break spaces",
    ),
    "each_place_of_the_staff_has_one_word": Planted(
        {
            "docs/build/glossary.md": SAME,
            FRENCH: catalogue('msgid "Queue"\nmsgstr "Ma file d’attente"\n'),
            "docs/use/guide.md": "La file, puis la boîte.\n",
        },
        f"{FRENCH}:5: 'file d’attente' is not the word",
    ),
    "a_message_is_translated_in_one_way": Planted(
        {
            FRENCH: catalogue('msgid "Open"\nmsgstr "Ouvrir"\n'),
            FRENCH.replace("planted", "second"): catalogue('msgid "Open"\nmsgstr "Ouvert"\n'),
        },
        "src/parvis/apps/second/locale/fr/LC_MESSAGES/django.po:5: 'Open' is otherwise in",
    ),
    "every_message_of_the_code_is_in_its_catalogue": Planted(
        {
            FRENCH: catalogue(
                'msgid "Open"\nmsgstr "Ouvrir"\n', 'msgctxt "key"\nmsgid "%(n)s key"\nmsgstr "%(n)s touche"\n'
            ),
            "src/parvis/apps/planted/views.py": 'gettext("Open")\n',
            "src/parvis/apps/planted/templates/planted/page.html": (
                '{% translate "Open" %}\n{% blocktranslate context "key" %}{{ n }} key{% endblocktranslate %}\n'
                '{% include "x" with label=_("Close") %}'
            ),
        },
        "src/parvis/apps/planted/templates/planted/page.html:3: not in the catalogue: 'Close'",
    ),
    # the pages
    "every_link_of_a_page_leads_somewhere": Planted(
        {
            "docs/one.md": "# One\n\n[two](two.md#here), `[not](this.md)`, [web](https://example.org/)\n\n[no](two.md#there)\n",
            "docs/two.md": "# Here\n",
        },
        "docs/one.md:5: a link to no heading: two.md#there",
    ),
    "every_dependency_says_why_it_is_there": Planted(
        {
            "pyproject.toml": Changed('"icalendar>=7,<8",', '"icalendar>=7,<8",\n    "planted>=1",'),
            "docs/build/dependencies.md": SAME,
            "src/parvis/ui/static/ui/vendor/VENDORED.md": SAME,
        },
        "docs/build/dependencies.md:1: no row says why planted is there",
    ),
    "every_target_of_make_named_by_a_page_exists": Planted(
        {
            "Makefile": "run: x\nsetup:\ntest:\n",
            "README.md": "`make run`\n\n    make setup test\n    make test\n\n`make planted`\n",
        },
        "README.md:6: there is no command make planted",
    ),
    "every_command_named_by_a_page_exists": Planted(
        {"README.md": "`parvis load-town`\n\n    parvis verify-journal\n    bin/parvis planted\n\nparvis said\n"},
        "README.md:4: there is no command parvis planted",
    ),
    "every_setting_named_by_a_page_exists": Planted(
        {"docs/one.md": "PARVIS_DATA\n`PARVIS_PLANTED`\n"}, "docs/one.md:2: there is no setting PARVIS_PLANTED"
    ),
    "every_setting_is_documented_with_its_default": Planted(
        {SETTINGS: Changed("| `PARVIS_DATA` | `var` |", "| `PARVIS_DATA` | `elsewhere` |")},
        f"{SETTINGS}:10: the default of PARVIS_DATA is 'var', not 'elsewhere'",
    ),
    "every_module_named_for_builders_exists": Planted(
        {
            "src/parvis/lib/here.py": "",
            "docs/one.md": "`lib/here.py`, a new\nfile `lib/new.py`, `parvis/lib/absent.py`\n",
        },
        "docs/one.md:2: there is no file parvis/lib/absent.py",
    ),
    "each_term_of_the_glossary_has_its_model": Planted(
        {"docs/build/glossary.md": Changed("`intake.Visit`", "`intake.Planted`")}, "there is no model intake.Planted"
    ),
    "the_two_readmes_are_twins": Planted(
        {"README.md": "# One\n\n    make run\n", "README.fr.md": "# Un\n\n    make test\n"},
        "README.fr.md:1: other commands than in README.md",
    ),
    "a_reader_meets_the_two_commands_first": Planted(
        {"README.md": SAME, "README.fr.md": Changed("    make run\n", "    make setup\n")},
        "README.fr.md:2: the first lines",
    ),
    "a_french_page_has_the_typography_of_quebec": Planted(
        {"README.fr.md": "# Un\n\n`a : b`\n\nVoici\u00a0: l’un\n", GUIDE: "# Deux\n\nVoici : l’un\n"},
        f"{GUIDE}:3: a plain space before a colon",
    ),
    "the_pictures_of_a_page_are_light_and_described": Planted(
        {GUIDE: "# Un\n\n![Une image assez décrite](a.webp)\n![Peu](a.webp)\n", "docs/use/a.webp": ""},
        f"{GUIDE}:3: a picture without a description: a.webp",
    ),
    "every_key_named_by_a_guide_is_that_of_a_screen": Planted(
        template('<a data-key="F2" data-alt-key="z">') | {GUIDE: f"# Un\n\n{KEYS} `Z`\n`F9`\n"},
        f"{GUIDE}:4: no screen has the key F9",
    ),
    "what_a_guide_names_is_on_a_screen": Planted(
        {
            FRENCH: catalogue('msgid "Open"\nmsgstr "Ouvrir tout de suite la porte"\n'),
            GUIDE: "# Un\n\n«\u00a0tout de suite\u00a0», «\u00a0Ouvrir…\u00a0»\n«\u00a0porte\u00a0»\n",
        },
        f"{GUIDE}:4: no screen says « porte »",
    ),
    "the_public_description_has_what_the_standard_asks": Planted(
        {"publiccode.yml": Changed("AGPL-3.0-or-later", "MIT")}, "the licence is AGPL-3.0-or-later"
    ),
    "every_decision_has_its_four_parts_and_its_line": Planted(
        {
            "docs/adr/README.md": " ".join(f"{number:04}.md" for number in range(10)),
            **{
                f"docs/adr/{number:04}.md": "# It\n\n## Status\n\n## Context\n\n## Decision\n"
                + "\n## Consequences\n" * (number != 7)
                for number in range(10)
            },
        },
        "docs/adr/0007.md:1: has not the parts",
    ),
    "the_licence_is_whole": Planted(
        {"LICENSE": Changed("END OF TERMS AND CONDITIONS")}, "does not end as the licence does"
    ),
    "every_command_for_administrators_is_understood_as_it_is_written": Planted(
        {
            "docs/run/README.md": "    parvis run --town x\n\n`parvis restore`\n",
            "docs/run/systemd/parvis.service": "[Service]\nExecStart=/opt/parvis/.venv/bin/parvis web --planted\n",
        },
        "docs/run/systemd/parvis.service:2: not understood: bin/parvis web --planted",
    ),
    "the_proxies_pass_what_the_service_trusts": Planted(
        {
            "docs/run/proxy/nginx.conf": Changed("X-Forwarded-Proto $scheme;", "X-Forwarded-Proto https;"),
            "docs/run/proxy/Caddyfile": SAME,
        },
        "docs/run/proxy/nginx.conf:1: does not pass X-Forwarded-Proto $scheme;",
    ),
}
