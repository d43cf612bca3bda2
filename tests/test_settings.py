"""Settings: every error is reported, all at once, before anything starts."""

import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch
from urllib.parse import quote

import pytest
from django.core.exceptions import ImproperlyConfigured

from parvis.config import environment
from parvis.config.env_urls import PREPARED_AT, database, mail_server, received_storage, text_provider

REAL = {
    "PARVIS_SECRET_KEY": "s" * 50,
    "PARVIS_HOSTS": "service.ville.example",
    "PARVIS_URL": "https://service.ville.example",
    "PARVIS_SMTP_URL": "smtp+tls://parvis:secret@mail.ville.example",
}


def refusal(given: dict[str, str]) -> str:
    """What is said of an environment that holds these variables alone; "" when it may start."""
    with patch.dict(os.environ, given, clear=True):
        try:
            environment.checked()
        except ImproperlyConfigured as error:
            return str(error)
    return ""


def problems(given: dict[str, str]) -> list[str]:
    """The sentences of a refusal."""
    return [line.removeprefix("- ") for line in refusal(given).splitlines()[1:]]


def test_a_real_town_may_start_and_so_may_a_demonstration() -> None:
    assert problems(REAL) == []
    assert problems({"PARVIS_DEMO": "1"}) == []


def test_a_misspelt_setting_stops_the_start() -> None:
    assert problems(REAL | {"PARVIS_SECRET": "x", "PARVIS_HOST": "y", "HOME": "/"}) == [
        "PARVIS_HOST is no setting; did you mean PARVIS_HOSTS?",
        "PARVIS_SECRET is no setting; did you mean PARVIS_SECRET_KEY?",
    ]
    assert problems(REAL | {f"PARVIS_{'X' * 20}": "x"}) == [f"PARVIS_{'X' * 20} is no setting."]


@pytest.mark.parametrize("name", sorted(REAL))
def test_each_setting_that_a_real_town_needs_is_asked_for(name: str) -> None:
    result = problems({key: value for key, value in REAL.items() if key != name})
    assert len(result) == 1 and name in result[0]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"PARVIS_SECRET_KEY": "short"}, "PARVIS_SECRET_KEY"),
        ({"PARVIS_URL": "service.ville.example"}, "PARVIS_URL"),
        ({"PARVIS_URL": "http://service.ville.example"}, "must begin with https://, not http://"),
        ({"PARVIS_URL": "https://service.ville.example/parvis"}, "PARVIS_URL ends after its host"),
        ({"PARVIS_URL": "https://autre.ville.example"}, "outside PARVIS_HOSTS"),
        ({"PARVIS_URL": "https://[::1"}, "PARVIS_URL must be an address"),
        ({"PARVIS_HOSTS": "https://service.ville.example"}, "without https://"),
        ({"PARVIS_HOSTS": "service.ville.example:443"}, "without https://, port or path"),
        ({"DATABASE_URL": "postgresql+psycopg://u:p@db/parvis"}, "DATABASE_URL must be postgres://"),
        ({"DATABASE_URL": "mysql://u:p@db/parvis"}, "DATABASE_URL must be postgres://"),
        ({"DATABASE_URL": "postgres://u:p@db"}, "DATABASE_URL must be postgres://"),
        ({"DATABASE_URL": "postgres://u:p@db:port/parvis"}, "The port of DATABASE_URL"),
        ({"PARVIS_SMTP_URL": "mail.ville.example"}, "PARVIS_SMTP_URL must begin with smtp://"),
        ({"PARVIS_NOW": "2026-01-01T10:00:00"}, "PARVIS_NOW"),
        ({"PARVIS_PROXY": "yes"}, "PARVIS_PROXY"),
        ({"PARVIS_TIME_ZONE": "Montreal"}, "PARVIS_TIME_ZONE"),
        ({"PARVIS_WEB_WORKERS": "0"}, "PARVIS_WEB_WORKERS"),
        ({"PARVIS_JOB_RETRY": "-5"}, "PARVIS_JOB_RETRY"),
        ({"PARVIS_LOG_FORMAT": "xml"}, "PARVIS_LOG_FORMAT"),
        ({"PARVIS_LOG_LEVEL": "LOUD"}, "PARVIS_LOG_LEVEL"),
        ({"PARVIS_FILES_URL": "https://bucket.example"}, "PARVIS_FILES_URL"),
        ({"PARVIS_FILES_URL": "s3://key:secret@bucket"}, "PARVIS_FILES_URL"),
        ({"PARVIS_FILES_URL": "s3://bucket?endpont=https://s3.example"}, "PARVIS_FILES_URL"),
        ({"PARVIS_FILES_URL": "s3://bucket?endpoint=s3.example"}, "PARVIS_FILES_URL"),
        ({"PARVIS_FILES_KEY": "key"}, "PARVIS_FILES_SECRET"),
        ({"PARVIS_TEXTS_URL": "https://AC1:t@api.twilio.com?from=%2B15145550100"}, "PARVIS_TEXTS_URL"),
        ({"PARVIS_TEXTS_URL": "twilio+http://AC1:t@api.twilio.com?from=%2B15145550100"}, "PARVIS_TEXTS_URL"),
        ({"PARVIS_TEXTS_URL": "twilio://AC1:t@api.twilio.com?from=5145550100"}, "PARVIS_TEXTS_URL"),
        ({"PARVIS_TEXTS_URL": "twilio://AC1:t@api.twilio.com?from=+15145550100"}, "PARVIS_TEXTS_URL"),
        ({"PARVIS_TEXTS_URL": "twilio://AC1@api.twilio.com?from=%2B15145550100"}, "PARVIS_TEXTS_URL"),
        ({"PARVIS_TEXTS_URL": "twilio://AC1:t@api.twilio.com:no?from=%2B15145550100"}, "PARVIS_TEXTS_URL"),
    ],
)
def test_a_value_that_cannot_be_right_is_named(change: dict[str, str], named: str) -> None:
    result = problems(REAL | change)
    assert len(result) == 1 and named in result[0]


@pytest.mark.parametrize("password", ["hiver@26", "hiver/26", "hiver#26", "hiver?26", "100%neige", "hi[ver", "hi ver"])
@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("DATABASE_URL", "postgres://parvis:PASSWORD@db.ville.example/parvis"),
        ("PARVIS_SMTP_URL", "smtps://parvis:PASSWORD@mail.ville.example:465"),
        ("PARVIS_ALARM_SMTP_URL", "smtps://parvis:PASSWORD@mail.autre.example"),
        ("PARVIS_TEXTS_URL", "twilio://AC1:PASSWORD@api.twilio.com?from=%2B15145550100"),
        ("PARVIS_VOICE_URL", "twilio://AC1:PASSWORD@api.twilio.com?from=%2B15145550100"),
    ],
)
def test_a_password_that_is_not_encoded_is_said_in_words_and_never_shown(name: str, url: str, password: str) -> None:
    assert problems(REAL | {name: url.replace("PASSWORD", quote(password, safe=""))}) == []
    [only] = problems(REAL | {name: url.replace("PASSWORD", password)})
    assert name in only and "percent-encoded" in only and "/ is %2F" in only
    assert password not in only and "ver" not in only.replace("server", "")


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:8000"])
def test_a_real_town_may_be_tried_on_the_machine_itself(url: str) -> None:
    assert problems(REAL | {"PARVIS_URL": url, "PARVIS_HOSTS": "127.0.0.1,localhost,[::1]"}) == []


@pytest.mark.parametrize(
    ("hosts", "url"),
    [
        ("*", "https://service.ville.example"),
        (".ville.example", "https://service.ville.example"),
        ("autre.example, Service.Ville.example", "https://service.ville.example:8443/"),
    ],
)
def test_an_address_may_be_any_of_the_hosts(hosts: str, url: str) -> None:
    assert problems(REAL | {"PARVIS_HOSTS": hosts, "PARVIS_URL": url}) == []


@pytest.mark.parametrize("hosts", ["service.ville.example", "localhost,10.0.0.4", "*"])
def test_a_demonstration_never_opens_to_others(hosts: str) -> None:
    assert "refused" in problems({"PARVIS_DEMO": "1", "PARVIS_HOSTS": hosts})[0]


def test_every_problem_is_named_at_once() -> None:
    assert len(problems({"PARVIS_PROXY": "2", "PARVIS_WEB_THREADS": "many"})) >= 6


def test_no_problem_hides_another_whatever_their_kinds() -> None:
    wrong = {
        "PARVIS_HOST": "service.ville.example",
        "PARVIS_SECRET_KEY": "trop court",
        "PARVIS_HOSTS": "https://service.ville.example",
        "PARVIS_URL": "http://service.ville.example",
        "PARVIS_PROXY": "oui",
        "PARVIS_JOB_WORKERS": "0",
        "PARVIS_SMTP_URL": "smtp://parvis:hiver@26@mail.ville.example",
        "PARVIS_MAIL_PASSWORDS": "info secret",
        "PARVIS_ALARM_SMTP_URL": "https://mail.ville.example",
        "PARVIS_TEXTS_URL": "https://api.twilio.com",
        "DATABASE_URL": "postgresql+psycopg://parvis:printemps@db/parvis",
    }
    said = refusal(wrong)
    assert all(name in said for name in wrong)
    assert len(said.splitlines()) == 1 + len(wrong)
    assert not any(secret in said for secret in ("trop court", "hiver", "secret", "printemps"))
    assert "10" in said, "how long the key is"


@pytest.mark.parametrize(
    ("url", "port", "tls", "ssl"),
    [
        ("smtp://mail.example", 25, False, False),
        ("smtp+tls://u:p@mail.example", 587, True, False),
        ("smtps://u:p@mail.example", 465, False, True),
        ("smtp://127.0.0.1:2525", 2525, False, False),
    ],
)
def test_the_mail_server_is_read_from_its_address(url: str, port: int, tls: bool, ssl: bool) -> None:
    read_settings = mail_server(url)
    assert (read_settings["EMAIL_PORT"], read_settings["EMAIL_USE_TLS"], read_settings["EMAIL_USE_SSL"]) == (
        port,
        tls,
        ssl,
    )


def test_a_password_of_any_characters_reaches_the_mail_server() -> None:
    read_settings = mail_server("smtps://parvis%40ville.example:p%2Fs%3As%25@mail.example")
    assert read_settings["EMAIL_HOST_USER"] == "parvis@ville.example"
    assert read_settings["EMAIL_HOST_PASSWORD"] == "p/s:s%"


@pytest.mark.parametrize("port", ["99999", "smtp"])
def test_a_port_that_cannot_be_is_said_in_words(port: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="The port of PARVIS_SMTP_URL"):
        mail_server(f"smtp://mail.example:{port}")


def test_an_address_of_another_kind_is_no_mail_server() -> None:
    with pytest.raises(ImproperlyConfigured, match="smtp://"):
        mail_server("https://mail.example")


@pytest.mark.parametrize("sender", ["+15145550100", "12345", "MG0123456789"])
def test_the_provider_of_texts_is_read_from_its_address(sender: str) -> None:
    url = f"twilio://AC1:p%2Fs%3As@api.twilio.com?from={quote(sender)}"
    account = {"base": "https://api.twilio.com", "account": "AC1", "token": "p/s:s", "sender": sender}
    assert text_provider(url) == account
    assert text_provider("") == {}


def test_a_database_is_a_file_unless_a_server_is_named(tmp_path: Path) -> None:
    sqlite = database("", tmp_path)
    assert sqlite["NAME"] == str(tmp_path / "parvis.sqlite3")
    assert sqlite["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    postgres = database("postgres://u:p@db/parvis?sslmode=require", tmp_path)
    assert "postgresql" in postgres["ENGINE"]
    assert postgres["OPTIONS"] == {"sslmode": "require", "prepare_threshold": PREPARED_AT}
    assert database("postgres://u:p@db/parvis?prepare=off", tmp_path)["OPTIONS"] == {}


def test_the_command_says_what_is_wrong_and_exits_with_three(tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "PARVIS_DATA": str(tmp_path), "PARVIS_URL": "nowhere"}
    env |= {"DATABASE_URL": "postgresql+psycopg://parvis@db/parvis", "PARVIS_SECRET": "x"}
    line = [sys.executable, "-m", "parvis.cli.main", "verify-journal"]
    done = subprocess.run(line, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    named = ("PARVIS_SECRET_KEY", "PARVIS_HOSTS", "PARVIS_URL", "PARVIS_SMTP_URL", "DATABASE_URL", "PARVIS_SECRET is")
    for name in named:
        assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_the_demonstration_answers_any_command_without_a_setting(tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "PARVIS_DATA": str(tmp_path)}
    line = [sys.executable, "-m", "parvis.cli.main"]
    refused = subprocess.run([*line, "manage", "check"], env=env, capture_output=True, text=True, check=False)
    assert refused.returncode == 3 and "parvis --demo" in refused.stderr
    done = subprocess.run([*line, "--demo", "manage", "check"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_received_files_go_to_a_folder_or_to_a_bucket(tmp_path: Path) -> None:
    assert received_storage("", {"PARVIS_DATA": tmp_path})["OPTIONS"] == {"location": str(tmp_path / "received")}
    url = "s3://photos/parvis?endpoint=https://s3.example:9000&region=ca-central-1"
    options = received_storage(url, {"PARVIS_FILES_KEY": ""})["OPTIONS"]
    assert (options["bucket_name"], options["location"]) == ("photos", "parvis")
    assert (options["endpoint_url"], options["region_name"]) == ("https://s3.example:9000", "ca-central-1")
