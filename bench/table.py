"""The figures of a run, in a table that a person reads."""

from typing import Any

from bench.figures import Timings

GOALS = {"sqlite": 150, "postgres": 200}
LONGEST_WAIT_MS = 1000
LABELS = {
    "floor_insert": "floor: one durable insert, one writer",
    "floor_page": "floor: minimal Django page, 1 client",
    "create": "opening a case, 8 clients, worker running",
    "whole_call": "a whole call (3 requests), 8 clients",
    "suggest": "suggestions while typing, 1 client",
    "queue": "queue of a department, 1 client",
    "case_page": "page of a case, 1 client",
}


def goal_met(name: str, found: dict[str, Any]) -> bool:
    """Whether cases were opened fast enough, and nobody waited too long."""
    created = Timings(**found["create"])
    return created.per_second >= GOALS[name] and created.worst < LONGEST_WAIT_MS


def table(name: str, found: dict[str, Any]) -> str:
    """The figures of one database, the floors beside them."""
    series = {key: Timings(**found[key]) for key in LABELS}
    lines = [f"\n{name}", f"{'':47}{'n':>6}{'/s':>9}{'p50':>9}{'p95':>9}{'p99':>9}{'worst ms':>10}"]
    for key, one in series.items():
        shown = "".join(f"{value:>9.2f}" for value in (one.p50, one.p95, one.p99))
        lines.append(f"  {LABELS[key]:45}{one.count:>6}{one.per_second:>9.1f}{shown}{one.worst:>10.1f}")
    inserts = series["floor_insert"].per_second / series["create"].per_second
    pages = series["suggest"].p50 / series["floor_page"].p50
    sent, rate, left = (found["letters"][name] for name in ("sent_during", "per_second", "not_sent"))
    met = "met" if goal_met(name, found) else "NOT met"
    lines += [
        f"  goal: {GOALS[name]} cases a second, worst wait under {LONGEST_WAIT_MS} ms: {met}",
        f"  every run: {found['every_run']}; the others on this machine used {found['bystanders']:.0%} of it",
        f"  ratios: {inserts:.0f} floor inserts to a case; {pages:.1f} minimal pages to a suggestion",
        f"  letters: {sent} sent meanwhile, then {rate}/s; left: {left}",
        f"  start to first answer: {found['start']:.2f} s; memory, MiB resident (proportional):",
        *(f"    {one['rss']:>7} ({one['pss']})  {one['what']}" for one in found["memory"]),
    ]
    return "\n".join(lines) + "\n"
