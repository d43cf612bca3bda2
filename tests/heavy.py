"""The heavy proofs: their parts, and how much of each runs: a sample in `make test`, the whole in `make soak`."""

import os

# The parts of the heavy proofs, with what each proves.
SOAK_PARTS = {
    "addresses": "every address of both towns",
    "answers": "the answers to what residents ask, in every wording and town",
    "api": "the API, with 20,000 examples drawn from its document",
    "backup": "backups and restores, under each way to fail",
    "crash": "processes killed at every step",
    "documents": "the guides for builders, followed to the letter",
    "journeys": "every width, language, town and edge of the screens, in a browser",
    "leisure": "the race for the last place, 10,000 times",
    "letters": "letters sent while processes are killed, and an issue of 12,000",
    "mail": "a box of hostile and strange messages",
    "outreach": "a thousand faults of the carriers of messages",
    "photos": "many photos, and hostile ones",
    "places": "lines, corners and sectors of every street",
    "properties": "laws of merging, clocks, search and publication, with many examples",
    "push": "notices of the app, in another browser, and many at once",
    "seeding": "the pasts that the bench invents",
    "towns": "every form and screen of both towns",
}


def amount(whole: int, *, sample: int) -> int:
    """`whole` in a run of `make soak`, else `sample`: a number of examples, rounds or rows."""
    return whole if os.environ.get("SOAK") else sample
