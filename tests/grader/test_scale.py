"""One scale decides all points, and the documentation repeats it."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_gmm_mistakes import TABLES, verdict_on

from autograder.engine import scale
from autograder.engine.scale import SCALE, WORDS, Kind, Scale

DOCS = Path(__file__).resolve().parents[2] / "docs" / "grading.md"


def test_the_documentation_has_the_scale():
    rows = dict(re.findall(r"^\| (.+) \| ([\d.]+) % \|$", DOCS.read_text(), re.M))
    expected = {WORDS[kind]: f"{100 * share:g}" for kind, share in (SCALE.keeps | SCALE.costs).items()}
    assert rows == expected


MISTAKES = [(task, m) for task, (mistakes, _) in TABLES.items() for m in mistakes if m.kind in SCALE.keeps]
ONE_OF_EACH = [
    *{task: (task, m) for task, m in MISTAKES}.values(),
    *{m.kind: (task, m) for task, m in MISTAKES}.values(),
]


# Shares that leave the kinds in their order: which explanation is the best does not change.
@pytest.mark.parametrize(
    "chosen, kind, share",
    [
        pytest.param(ONE_OF_EACH, Kind.TERM, 0.55, id="one of each task and kind"),
        pytest.param(MISTAKES, Kind.TERM, 0.55, id="all-term", marks=pytest.mark.slow),
        pytest.param(MISTAKES, Kind.STRUCTURE, 0.45, id="all-structure", marks=pytest.mark.slow),
        pytest.param(MISTAKES, Kind.NOTHING, 0.05, id="all-nothing", marks=pytest.mark.slow),
    ],
)
def test_with_another_scale_mistakes_of_one_kind_move_and_nothing_else(chosen, kind, share, monkeypatch):
    before = [verdict_on(task, mistake.pieces, "one") for task, mistake in chosen]
    monkeypatch.setitem(scale.SCALE.keeps, kind, share)
    for (task, mistake), old in zip(chosen, before, strict=True):
        new = verdict_on(task, mistake.pieces, "one")
        assert [finding.id for finding in new.findings] == [finding.id for finding in old.findings]
        kinds = {finding.kind for finding in old.findings}
        assert (new.share != old.share) == (kind in kinds), (task, mistake.id)


KINDS = st.lists(st.sampled_from(sorted(Kind)), max_size=4)


@given(st.lists(KINDS, min_size=1, max_size=3), KINDS)
def test_shares_lie_between_nothing_and_all_and_every_finding_costs(parts, whole):
    share = SCALE.share(parts, whole)
    assert 0 <= share <= 1
    for kind in Kind:
        assert SCALE.share(parts, [*whole, kind]) <= share
        assert SCALE.share([[*parts[0], kind], *parts[1:]], whole) <= share
    assert SCALE.share([[kind for kind in part if kind == Kind.ADVICE] for part in parts]) == 1


@given(KINDS)
def test_conventions_cost_the_same_in_one_part_as_about_all(kinds):
    numbers, conventions = [k for k in kinds if k in SCALE.keeps], [k for k in kinds if k in SCALE.costs]
    assert Scale(SCALE.keeps, SCALE.costs).share([kinds]) == SCALE.share([numbers], conventions)
