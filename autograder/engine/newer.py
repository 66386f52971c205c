"""Whether a cell that this Python cannot read is valid in a newer one.

What newer versions added is written in the older way, without a change of anything else; if the rest can
then be parsed, only the version was in the way. Only whether it parses counts: nothing of this is ever run.
"""

import re
import sys

from autograder.engine import syntax

Version = tuple[int, ...]  # (major, minor) of Python
OURS = sys.version_info[:2]
STRING = re.compile(r"(?:(?<!\w)((?i:r?[ftb]|[ftb]r|[ru])))?('{3}|\"{3}|'|\")|#[^\n]*")
# What stands before type parameters, with what is kept of it in groups, and what must come after them.
GENERIC = (
    re.compile(r"^([ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+)(\w+)[ \t]*(?=\[)", re.M),
    re.compile(r"\s*[(:]"),
)
ALIAS = re.compile(r"^([ \t]*)type[ \t]+(\w+)[ \t]*(?=[=\[])", re.M), re.compile(r"\s*=(?!=)")
EXCEPT = re.compile(r"^([ \t]*except\*?[ \t]+)([\w.]+(?:[ \t]*,[ \t]*[\w.]+)+)([ \t]*:)", re.M)
CONVERSION = re.compile(r"![rsa]\s*(?=[:}])")
DEPTH = 20  # of strings within strings


def version_of(source: str, ours: Version = OURS) -> Version | None:
    """The (major, minor) version whose syntax a cell uses; None if it is not newer than `ours` or invalid.

    Args:
        source: of a cell.
        ours: version of the Python that could not read it.
    """
    try:
        text, version = as_older(source)
        syntax.statements(text)
    except (SyntaxError, RecursionError):
        return None
    return version if version > ours else None


def as_older(source: str, depth: int = 0) -> tuple[str, Version]:
    """A source in older syntax with all strings empty -> (text, the version that it needed).

    Raises:
        SyntaxError: a string does not end, or what stands in it is not valid.
    """
    if depth > DEPTH:
        raise SyntaxError("strings nested too deep")
    text, version = without_strings(source, depth)
    older = without_parameters(without_parameters(text, *ALIAS), *GENERIC)
    if older != text:
        version = max(version, (3, 12))
    if EXCEPT.search(older):
        older, version = EXCEPT.sub(r"\1(\2)\3", older), max(version, (3, 14))
    return older, version


def without_parameters(text: str, before: re.Pattern[str], after: re.Pattern[str]) -> str:
    """The text without type parameters, and without what only stands where they may.

    Raises:
        SyntaxError: they are not valid.
    """
    parts, place = [], 0
    while found := before.search(text, place):
        parts += [text[place : found.start()], found.expand(r"\1\2")]
        place = found.end()
        if text.startswith("[", place):
            start, place = place + 1, closing(text, place)
            if not text[start : place - 1].strip():
                raise SyntaxError("type parameters are missing")
            syntax.statements(f"def f({text[start : place - 1]}): pass")  # they look like arguments
        if not after.match(text, place):
            raise SyntaxError("something else follows")
    return "".join([*parts, text[place:]])


def closing(text: str, place: int) -> int:
    """The place after the bracket that closes the one at `place`.

    Raises:
        SyntaxError: nothing closes it.
    """
    depth = 0
    for bracket in re.compile(r"[][(){}]").finditer(text, place):
        depth += 1 if bracket[0] in "([{" else -1
        if depth == 0:
            return bracket.end()
    raise SyntaxError("a bracket is not closed")


def without_strings(source: str, depth: int) -> tuple[str, Version]:
    """The source with empty strings and no comments, and the version that its strings need."""
    parts, place = [], 0
    version: Version = (0, 0)
    while found := STRING.search(source, place):
        parts.append(source[place : found.start()])
        prefix, place = (found[1] or "").lower(), found.end()
        if found[0].startswith("#"):
            continue
        if set(prefix) & set("ft"):
            place, expressions = formatted(source, place, found[2])
            version = max(version, *(valid(expression, depth) for expression in expressions), (0, 0))
            version = max(version, needed_by(source[found.start() : place], prefix))
        else:
            place = plain_end(source, place, found[2])
        parts.append("b'' " if "b" in prefix else "'' ")
    return "".join([*parts, source[place:]]), version


def needed_by(token: str, prefix: str) -> Version:
    """The version that a string with expressions in it needs, as it is written."""
    if "t" in prefix:
        return (3, 14)
    try:
        syntax.statements(f"({token}\n)")
    except SyntaxError:
        return (3, 12)
    return (0, 0)


def valid(expression: str, depth: int) -> Version:
    """The version that an expression in a string needs.

    Raises:
        SyntaxError: it is not valid in any that we know.
    """
    text, version = as_older(expression, depth + 1)
    if not text.strip():
        raise SyntaxError("an expression is missing")
    syntax.statements(f"({text} \n)")
    return version


def plain_end(source: str, place: int, quote: str) -> int:
    """The place after a string's end."""
    one = r"[^\\]" if len(quote) == 3 else r"[^\\\n]"
    end = re.compile(rf"(?s:(?:\\.|(?!{quote}){one})*){quote}").match(source, place)
    if end is None:
        raise SyntaxError("a string does not end")
    return end.end()


def formatted(source: str, place: int, quote: str) -> tuple[int, list[str]]:
    """(the place after its end, [expression]) of a string whose text begins at `place`.

    In its text and in a format after `:`, braces begin an expression.
    """
    expressions: list[str] = []
    formats = 0  # how many are open
    while place < len(source):
        if source.startswith(quote, place) and not formats:
            return place + len(quote), expressions
        character = source[place]
        if character == "\n" and len(quote) == 1:
            break
        if character == "{" and source.startswith("{{", place) and not formats:
            place += 2
        elif character == "{":
            end = expression_end(source, place + 1)
            expressions.append(re.sub(r"(?<![=!<>])=\s*$", "", source[place + 1 : end]))
            conversion = CONVERSION.match(source, end)
            place = conversion.end() if conversion else end
            formats += source.startswith(":", place)
            place += 1
        elif character == "}":
            if not formats and not source.startswith("}}", place):
                raise SyntaxError("a brace closes nothing")
            place += 1 if formats else 2
            formats = max(formats - 1, 0)
        else:
            escapes = character == "\\" and source[place + 1 : place + 2] not in ("{", "}")
            place += 2 if escapes else 1
    raise SyntaxError("a string does not end")


def expression_end(source: str, place: int) -> int:
    """Where an expression in a string ends: at `}`, at the `:` of its format, or at `!r`."""
    depth = 0
    while place < len(source):
        found = STRING.match(source, place)
        if found and found[2]:
            inner = set((found[1] or "").lower()) & set("ft")
            begin, quote = found.end(), found[2]
            place = formatted(source, begin, quote)[0] if inner else plain_end(source, begin, quote)
            continue
        if found:
            place = found.end()
            continue
        character = source[place]
        if depth == 0 and (character in "}:" or CONVERSION.match(source, place)):
            return place
        depth += (character in "([{") - (character in ")]}")
        place += 1
    raise SyntaxError("a string does not end")
