"""`make bench-mining`: measures the miner on this machine, prints it, and writes it into docs/performance.md.

Each part runs in a process of its own, so that its peak of memory is its own.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from mining.bench import million, speed
from mining.cores import use_cores

PAGE = Path("docs/performance.md")
BEGINS, ENDS = "<!-- make bench-mining -->", "<!-- end of make bench-mining -->"
MENTIONS = 1_000_000
PARTS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "speed": lambda options: speed.measured(options.texts, options.rounds),
    "topics of many mentions": lambda options: million.measured(options.mentions),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m mining.bench", description=__doc__)
    parser.add_argument("--mentions", type=int, default=MENTIONS)
    parser.add_argument("--texts", type=int, default=speed.COUNT)
    parser.add_argument("--rounds", type=int, default=speed.ROUNDS)
    parser.add_argument("--only", choices=PARTS, help="one part; nothing is written into the page")
    parser.add_argument("--json", action="store_true", help="the figures of one part as JSON")
    options = parser.parse_args()
    if options.only:
        use_cores()
        show(options.only, PARTS[options.only](options), options.json)
        return
    found = {name: in_a_process(name, options) for name in PARTS}
    for name, figures in found.items():
        show(name, figures)
    write(found)
    print(f"written into {PAGE}", file=sys.stderr)


def in_a_process(name: str, options: argparse.Namespace) -> dict[str, Any]:
    sizes = [f"--{size}={getattr(options, size)}" for size in ("mentions", "texts", "rounds")]
    command = [sys.executable, "-m", "mining.bench", "--only", name, "--json", *sizes]
    print(f"measuring: {name}", file=sys.stderr)
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603  our own command
    return dict(json.loads(said.splitlines()[-1]))


def show(name: str, figures: dict[str, Any], as_json: bool = False) -> None:
    if as_json:
        print(json.dumps(figures))
        return
    print(f"{name}; {machine()}")
    for what, figure in figures.items():
        print(f"  {what:72} {figure}")


def write(found: dict[str, dict[str, Any]]) -> None:
    """Put the figures between the two marks of the page, in place of what stood there."""
    lines = [BEGINS, "", f"*{machine()}*", ""]
    for name, figures in found.items():
        lines += [
            f"| {name} | figure |",
            "| --- | ---: |",
            *(f"| {what} | {figure} |" for what, figure in figures.items()),
            "",
        ]
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    PAGE.write_text(before + "\n".join([*lines, ENDS]) + after, encoding="utf-8")


def machine() -> str:
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M}, {processor()}, {cores} cores, {platform.system()}, Python "
        f"{platform.python_version()}, torch {torch.__version__}; load of the machine {load:.1f}"
    )


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    main()
