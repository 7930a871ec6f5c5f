"""What a program that tries QuickCart found: one line of JSON for each check.

A check is a function that yields verdicts. `run` is the command line around a list of
them: lines on standard output, progress on standard error, exit status 1 where a
verdict is not ok or a check broke.
"""

import argparse
import json
import re
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One figure and whether it is what was promised.

    `ratio` is value over baseline, taken in the same run; `target` is the promise in
    words ("<= 20", "ratio <= 1.5"), empty where nothing is promised.
    """

    name: str
    value: float
    unit: str
    baseline: float | None = None
    ratio: float | None = None
    target: str = ""
    ok: bool = True

    def line(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


def told(
    name: str, value: float, unit: str, *, baseline: float | None = None
) -> Verdict:
    """Return a figure that nothing is promised of."""
    return _judged(name, value, unit, baseline, "", ok=True)


def at_most(
    name: str, value: float, unit: str, limit: float, *, baseline: float | None = None
) -> Verdict:
    """Judge the value, or with a baseline the ratio, by an upper limit."""
    return _compared(name, value, unit, limit, baseline, "<=")


def at_least(
    name: str, value: float, unit: str, limit: float, *, baseline: float | None = None
) -> Verdict:
    """Judge the value, or with a baseline the ratio, by a lower limit."""
    return _compared(name, value, unit, limit, baseline, ">=")


def exactly(name: str, value: float, unit: str, wanted: float) -> Verdict:
    """Judge a count."""
    return _judged(name, value, unit, None, f"= {wanted:g}", ok=value == wanted)


def _compared(
    name: str, value: float, unit: str, limit: float, baseline: float | None, sign: str
) -> Verdict:
    judged = value if baseline is None else _ratio(value, baseline)
    ok = judged <= limit if sign == "<=" else judged >= limit
    what = "" if baseline is None else "ratio "
    return _judged(name, value, unit, baseline, f"{what}{sign} {limit:g}", ok=ok)


def _judged(
    name: str, value: float, unit: str, baseline: float | None, target: str, *, ok: bool
) -> Verdict:
    return Verdict(
        name=name,
        value=_short(value),
        unit=unit,
        baseline=None if baseline is None else _short(baseline),
        ratio=None if baseline is None else _short(_ratio(value, baseline)),
        target=target,
        ok=ok,
    )


def _ratio(value: float, baseline: float) -> float:
    return value / baseline if baseline else float("inf")


def _short(value: float) -> float:
    return float(f"{value:.4g}")


@dataclass(frozen=True)
class Check:
    """One thing to try: `run(small=…)` yields verdicts."""

    name: str
    run: Callable[..., Iterator[Verdict]]


def run(checks: Sequence[Check], *, about: str, argv: Sequence[str]) -> int:
    """Run the checks named on the command line, or all; return the exit status."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--list", action="store_true", help="name the checks and stop")
    parser.add_argument("--only", default="", help="run those whose name matches this")
    parser.add_argument("--small", action="store_true", help="at reduced size")
    parser.add_argument("--output", type=Path, help="append the lines to a file too")
    options = parser.parse_args(argv)
    chosen = [check for check in checks if re.search(options.only, check.name)]
    if options.list:
        print(*(check.name for check in chosen), sep="\n")
        return 0
    verdicts: list[Verdict] = []
    for check in chosen:
        for verdict in attempted(check, small=options.small):
            verdicts.append(verdict)
            print(verdict.line(), flush=True)
            if options.output:
                with options.output.open("a") as lines:
                    lines.write(verdict.line() + "\n")
    bad = [verdict.name for verdict in verdicts if not verdict.ok]
    _say(f"{len(verdicts)} verdicts, {len(bad)} not ok{': ' if bad else ''}{bad or ''}")
    return 1 if bad or not verdicts else 0


def attempted(check: Check, *, small: bool) -> Iterator[Verdict]:
    """Run one check; a check that breaks is a verdict too."""
    started = time.monotonic()
    _say(f"— {check.name}")
    try:
        yield from check.run(small=small)
    except Exception:  # noqa: BLE001 (the next check may still tell something)
        traceback.print_exc()
        yield Verdict(
            name=f"{check.name}: broke", value=1, unit="errors", target="= 0", ok=False
        )
    _say(f"  {time.monotonic() - started:.1f} s")


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
