"""Arguments of commands that read a table."""

import argparse
import codecs
import csv
import os
from collections.abc import Callable
from typing import Any

from gmm_tf.cli.quiet import import_tensorflow
from gmm_tf.cli.table_layout import Options

# Files from this size on take long enough to read for a progress bar.
MANY_BYTES = 20_000_000


def add_arguments(parser: argparse.ArgumentParser) -> Any:
    """The arguments that say where the numbers are, and how they are written; returns their group."""
    parser.add_argument(
        "data",
        metavar="DATA",
        help="table of numbers, one observation per row: CSV or other text, .xlsx or "
        "Parquet, possibly compressed (gz, bz2, xz, zip); - for standard input",
    )
    data = parser.add_argument_group("data")
    data.add_argument(
        "--columns",
        type=_fields,
        metavar="A,B",
        help="columns to use, by name, by number from 1, or by range such as 2-5 (default: all; for predict, "
        "those that the model was fitted to)",
    )
    data.add_argument("--exclude", type=_fields, metavar="A,B", help="columns to leave out, in the same form")
    data.add_argument("--sheet", metavar="NAME", help="sheet to read, if a workbook has several")
    data.add_argument(
        "--drop-missing",
        action="store_true",
        help="skip rows with a missing value: empty, NA, N/A, NaN, NaT, null, none, ?, ., -, -- or an error "
        "of Excel such as #N/A",
    )
    _add_text_arguments(data)
    return data


def _add_text_arguments(data: Any) -> None:
    """The arguments about tables that are text."""
    data.add_argument(
        "--delimiter",
        type=_character,
        help="one character, or tab (default: the one of , ; tab | and space that yields the "
        "most numbers in the second row)",
    )
    data.add_argument("--decimal", choices=(".", ","), default=".", help="the decimal point (default: .)")
    data.add_argument(
        "--thousands",
        type=_character,
        metavar="CHARACTER",
        help="separator of groups of three digits, such as space (default: none)",
    )
    data.add_argument(
        "--header",
        choices=("auto", "yes", "no"),
        default="auto",
        help="whether the first row has names (default: auto, which takes text without numbers for names, "
        "recognises 0, 1, 2, ... and years above other numbers, and ends with an error if in doubt)",
    )
    data.add_argument(
        "--comment",
        default="#",
        metavar="TEXT",
        help="skip lines that begin with this text; none: skip no lines (default: #)",
    )
    data.add_argument(
        "--encoding", type=_encoding, help="encoding, such as latin-1 or cp1252 (default: UTF-8)"
    )


def options(args: argparse.Namespace) -> Options:
    """The `Options` from the arguments.

    Raises:
        argparse.ArgumentTypeError: characters that contradict each other.
    """
    if args.thousands == args.decimal:
        raise argparse.ArgumentTypeError(f"expected --thousands other than --decimal, got {args.decimal!r}")
    given = Options(*(getattr(args, name) for name in Options._fields))
    return given._replace(comment=None) if given.comment == "none" else given


def reading_bar(args: argparse.Namespace) -> Callable[[int], None] | None:
    """A function that shows how many bytes were read, None for none."""
    size = os.path.getsize(args.data) if os.path.isfile(args.data) else 0
    # A small file is read before a bar could be shown.
    if not args.progress or size < MANY_BYTES:
        return None
    import_tensorflow()
    from keras.utils import Progbar

    print(f"reading {args.data}", flush=True)
    bar = Progbar(-(-size // 1_000_000), unit_name="MB")
    return lambda done: bar.update(min(done // 1_000_000, bar.target), finalize=done >= size)


def _character(text: str) -> str:
    text = {"space": " ", "tab": "\t", "\\t": "\t"}.get(text, text)
    if len(text) != 1 or text in '\r\n"' or text.isalnum():
        raise argparse.ArgumentTypeError(f"expected one character, or tab, got {text!r}")
    return text


def _encoding(text: str) -> str:
    try:
        # A lookup alone would accept binary codecs.
        b"".decode(text)
        return codecs.lookup(text).name
    except (LookupError, ValueError):
        raise argparse.ArgumentTypeError(f"expected an encoding such as latin-1, got {text!r}") from None


def _fields(text: str) -> list[str]:
    return [field.strip() for field in next(csv.reader([text], skipinitialspace=True), [])]
