"""The table that a benchmark prints, and the JSON that it writes."""

import argparse
import json
import os
from pathlib import Path
from typing import NamedTuple

import machine


class Line(NamedTuple):
    """One line of the table; a target is about `value`."""

    what: str
    ours: float
    peer: float | None
    value: float
    call: float | None = None
    at_least: float | None = None
    at_most: float | None = None

    @property
    def reached(self):
        """True, False, or None without a target."""
        if self.at_least is not None:
            return self.value >= self.at_least
        if self.at_most is not None:
            return self.value <= self.at_most
        return None


def ratio_line(what, seconds, peer, unit, call=None, at_least=None):
    mine, other = seconds["gmm_tf"], seconds[peer]
    return Line(what, mine * unit, other * unit, other / mine, call, at_least)


def show(row, line):
    numbers = line.ours, line.peer, line.value, line.call
    columns = ["" if number is None else f"{number:.3g}" for number in numbers]
    columns.append("" if line.at_least is None else f">= {line.at_least:g}")
    if line.at_most is not None:
        columns[-1] = f"<= {line.at_most:g}"
    columns.append({True: "yes", False: "NO", None: ""}[line.reached])
    print_columns(row, line.what, *columns)


def print_columns(row, what, *columns):
    print(f"{row} {what:63}", *(f"{column:>8}" for column in columns), flush=True)


def parser(about, rows, out):
    """Arguments that all benchmarks share."""
    described = "\n".join(f"  {name}  {measure.__doc__}" for name, measure in rows.items())
    made = argparse.ArgumentParser(
        description=f"{about}\nrows:\n{described}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--only", default=",".join(rows), help="rows to measure, such as a,b")
    made.add_argument("--repeats", type=int, default=5, help="5, or more, for numbers to quote")
    made.add_argument("--threads", type=int, default=os.cpu_count(), help="as many as cores by default")
    made.add_argument("--out", type=Path, default=out)
    made.add_argument("--check", action="store_true", help="exit with 1 when a target is missed")
    return made


def chosen_rows(parser, rows, arguments):
    """Parsed arguments, with `only` as a list of rows."""
    options = parser.parse_args(arguments)
    options.only = options.only.split(",")
    if not set(options.only) <= set(rows):
        parser.error(f"Expected rows of {','.join(rows)}, got {','.join(options.only)}; drop the others.")
    return options


def run(rows, options, **about):
    """Measure the chosen rows, print and write as they come; returns the exit status.

    Args:
        rows: {name: function of the options that returns (lines, details)}.
        about: more for the JSON.
    """
    machine.use_threads(options.threads)
    report = {"machine": machine.describe(options.threads), "repeats": options.repeats, **about, "rows": {}}
    load = report["machine"]["load_at_start"]
    if load > 0.5:
        print(f"The machine was busy before (load {load:.1f}): do not quote these numbers.")
    print_columns(" ", "what: peer", "gmm_tf", "peer", "value", "call", "target", "reached")
    for row in options.only:
        lines, details = rows[row](options)
        for line in lines:
            show(row, line)
        table = [{**line._asdict(), "reached": line.reached} for line in lines]
        report["rows"][row] = {"about": rows[row].__doc__, "table": table, **details}
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"Wrote {options.out}.")
    missed = any(line["reached"] is False for row in report["rows"].values() for line in row["table"])
    return int(options.check and missed)
