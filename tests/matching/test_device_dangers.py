"""What a device hears of a danger without a network, beside what the server hears."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from parvis.apps.matching.queries.alarm import plain_alarm
from parvis.apps.matching.queries.device_dangers import as_values
from parvis.apps.matching.queries.targets import Warning_
from parvis.apps.matching.rules.danger import emergencies
from parvis.apps.matching.rules.danger.town_words import Dangers

MESSAGES = Path(__file__).parent / "messages"
HEAR = Path(__file__).parents[1] / "js/hear.js"
TOWN = Path(__file__).parents[2] / "towns/carignan/dangers.yaml"
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(NODE is None, reason="Node is not installed")


def heard_by_a_device(warnings: list[Warning_], texts: list[str]) -> list[dict[str, Any] | None]:
    given = json.dumps({"values": as_values(warnings), "texts": texts})
    env = os.environ | {"NODE_OPTIONS": "--experimental-vm-modules --no-warnings"}
    run = subprocess.run([NODE or "node", str(HEAR)], input=given, env=env, capture_output=True, text=True, check=True)
    return list(json.loads(run.stdout))


def messages() -> list[str]:
    files = ("danger-told.jsonl", "danger.jsonl", "questions-dev.jsonl", "elsewhere.jsonl")
    lines = [line for name in files for line in (MESSAGES / name).read_text(encoding="utf-8").splitlines()]
    return [json.loads(line)["text"] for line in lines]


def test_a_device_hears_in_each_message_the_dangers_that_the_server_hears_by_the_same_rules() -> None:
    texts = [*messages(), "je vais me tuer", "je veux en finir avec la vie", "I want to die"]
    heard = heard_by_a_device([], texts)
    assert len(heard) == len(texts) > 500
    for text, device in zip(texts, heard, strict=True):
        families = emergencies.detect(text).families
        assert sorted(device["families"] if device else ()) == sorted(families), text
        if device:
            assert tuple(device["lines"]) == emergencies.lines_of(families), text
            assert device["first"] == emergencies.first_of(families), text


def test_a_device_hears_the_phrases_of_the_town_whatever_their_endings() -> None:
    given = yaml.safe_load(TOWN.read_text(encoding="utf-8"))
    warnings = [Warning_(given["say"], given["phone"], Dangers(given["words"]))]
    texts = [*messages(), *given["words"]["fr"], *given["words"]["en"], *given["calm"]["fr"], *given["calm"]["en"]]
    missed, more = [], []
    for text, device in zip(texts, heard_by_a_device(warnings, texts), strict=True):
        server = plain_alarm(warnings, text, "fr").danger
        missed += [text] if server and not device else []
        more += [text] if device and not server else []
    assert missed == [], "what the server alarms about, the device does too"
    assert more == [], "and nothing more"
