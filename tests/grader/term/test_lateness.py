"""Penalties: never negative, never more than the score, monotone in time; slip days spent best."""

import contextlib
import datetime
import hashlib
import itertools
import json
import zoneinfo
from datetime import timedelta

import made
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.course.directory import CourseError
from autograder.course.term import attempts, lateness, penalties, settings
from autograder.course.term.lateness import Deadline, Late, Rule
from autograder.engine import submission

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from([BERLIN, zoneinfo.ZoneInfo("America/New_York"), datetime.UTC])
MOMENTS = st.datetimes(datetime.datetime(2026, 1, 1), datetime.datetime(2028, 1, 1))
POINTS = st.floats(0, 100)
RULES = st.builds(Rule, st.floats(0, 1), st.floats(0, 50), st.none() | st.integers(0, 9))
DEADLINES = st.builds(
    lambda due, zone, grace: Deadline(due.replace(tzinfo=zone), grace),
    MOMENTS,
    ZONES,
    st.timedeltas(timedelta(0), timedelta(hours=3)),
)


def cost(moment, deadline, rule, earned):
    return lateness.penalty(lateness.days_late(moment, deadline), rule, earned, 100.0)


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=20)), DEADLINES, RULES, POINTS)
def test_a_penalty_is_monotone_in_time_and_within_the_score(moment, later, deadline, rule, earned):
    moment = moment.replace(tzinfo=datetime.UTC)
    first, second = (cost(at, deadline, rule, earned) for at in (moment, moment + later))
    assert 0 <= first <= second <= earned


@given(MOMENTS, DEADLINES, RULES, POINTS, MOMENTS)
def test_an_extension_never_lowers_a_score(moment, deadline, rule, earned, until):
    moment, until = moment.replace(tzinfo=datetime.UTC), until.replace(tzinfo=BERLIN)
    extended = deadline.extended(until)
    assert cost(moment, extended, rule, earned) <= cost(moment, deadline, rule, earned)
    assert extended.due >= deadline.due and deadline.extended(None) == deadline


@given(DEADLINES, RULES, POINTS, st.timedeltas(timedelta(0), timedelta(hours=3)))
def test_nothing_is_lost_within_the_grace(deadline, rule, earned, after):
    moment = deadline.due.astimezone(datetime.UTC) + min(after, deadline.grace)
    assert cost(moment, deadline, rule, earned) == 0


@given(DEADLINES, st.integers(0, 40), st.timedeltas(timedelta(hours=-1), timedelta(hours=1)))
def test_days_end_when_clocks_show_the_due_time(deadline, days, off):
    end = (deadline.due + timedelta(days=days)).astimezone(datetime.UTC) + deadline.grace
    found = lateness.days_late(end + off, deadline)
    if abs(off) >= timedelta(hours=1):  # a time that is there twice may end an hour later
        assert found in (days, days + 1)
    assert lateness.days_late(end, deadline) <= days


@pytest.mark.parametrize(
    "due, moment, days",
    [  # In the night of 28 March 2027 clocks in Berlin go from 2 to 3; on 31 October from 3 to 2.
        ("2027-03-27T23:59", "2027-03-28T23:59", 1),
        ("2027-03-27T23:59", "2027-03-29T00:00", 2),
        ("2027-10-30T23:59", "2027-10-31T23:59", 1),  # 25 hours later
        ("2027-10-30T23:59", "2027-11-01T00:00", 2),
        ("2027-03-28T02:30", "2027-03-28T03:30", 0),  # no clock ever shows the due time
        ("2027-03-28T02:30", "2027-03-28T03:31", 1),
    ],
)
def test_the_nights_of_summer_time(due, moment, days):
    due, moment = (datetime.datetime.fromisoformat(text).replace(tzinfo=BERLIN) for text in (due, moment))
    assert lateness.days_late(moment, Deadline(due)) == days


def test_in_the_hour_that_is_there_twice_the_second_reading_is_due():
    due = datetime.datetime(2027, 10, 31, 2, 30, tzinfo=BERLIN)
    moment = due.replace(fold=1)
    assert lateness.days_late(moment, Deadline(due)) == 0
    assert lateness.days_late(moment + timedelta(hours=1), Deadline(due)) == 1


COSTS = st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=5), max_size=4)


@given(st.integers(0, 8), COSTS)
def test_slip_days_are_spent_best(budget, costs):
    costs = [sorted(cost, reverse=True) for cost in costs]
    found = lateness.best_slips(budget, costs)
    assert len(found) == len(costs) and sum(found) <= budget

    def total(slips):
        return sum(cost[n] for cost, n in zip(costs, slips, strict=True))

    legal = [s for s in itertools.product(*(range(len(c)) for c in costs)) if sum(s) <= budget]
    least = min(map(total, legal))
    assert total(found) == least
    fewest = min(sum(slips) for slips in legal if total(slips) == least)
    assert sum(found) == fewest
    assert found == max(slips for slips in legal if total(slips) == least and sum(slips) == fewest)


LATES = st.lists(
    st.builds(Late, st.just(""), st.integers(1, 6), RULES, st.booleans(), POINTS, st.just(100.0)),
    max_size=4,
).map(lambda ones: [one._replace(assignment=f"hw{n}") for n, one in enumerate(ones)])


@given(LATES, st.integers(0, 6))
def test_penalties_of_a_student_stay_within_each_score(late, budget):
    found = lateness.penalties(late, budget)
    without = lateness.penalties([one._replace(slips=False) for one in late], budget)
    assert set(found) == {one.assignment for one in late}
    for one in late:
        assert 0 <= found[one.assignment].points <= round(one.earned, 2)
        assert f"{one.days} day" in found[one.assignment].sum
    assert sum(p.points for p in found.values()) <= sum(p.points for p in without.values()) + 0.05
    more = lateness.penalties(late, budget + 1)
    assert sum(p.points for p in more.values()) <= sum(p.points for p in found.values()) + 0.05


@pytest.mark.parametrize(
    "late, slips, points, words",
    [
        (Late("a", 2, Rule(points=10), False, 80, 100), 0, 20, "2 × 10 = 20 points less."),
        (Late("a", 2, Rule(share=0.1), False, 15, 100), 0, 15, "of which 15 were earned."),
        (Late("a", 3, Rule(points=5), True, 80, 100), 2, 5, "2 days covered by slip days; 1 × 5 = 5"),
        (Late("a", 4, Rule(share=0.1, most_days=3), False, 80, 100), 0, 80, "at most 3 days count"),
        (Late("a", 1, Rule(points=5), True, 80, 100), 1, 0, "1 day covered by slip days."),
    ],
)
def test_the_sum_is_shown(late, slips, points, words):
    found = lateness.explained(late, slips)
    assert found.points == points and words in found.sum


def parsed(**entries):
    return settings.parsed({"timezone": "Europe/Berlin", "assignments": {"hw": entries}}).of("hw")


@pytest.mark.parametrize(
    "text, rule, slips",
    [
        ("10 points per day", Rule(points=10), False),
        ("1 point per day", Rule(points=1), False),
        ("10 % per day, at most 3 days", Rule(share=0.1, most_days=3), False),
        ("12.5%/day at most 1 day", Rule(share=0.125, most_days=1), False),
        ("slip days", Rule(most_days=0), True),
        ("slip days, then 10 % per day", Rule(share=0.1), True),
    ],
)
def test_rules_in_words(text, rule, slips):
    said = parsed(due=datetime.datetime(2027, 2, 5, 23, 59), late=text)
    assert (said.rule, said.slips) == (rule, slips)


def test_times_of_the_course_are_in_its_zone():
    said = parsed(due=datetime.date(2027, 2, 5), grace="15 min")
    end = datetime.datetime(2027, 2, 5, 23, 59, 59, 999999, BERLIN)
    assert said.deadline == Deadline(end, timedelta(minutes=15))
    assert parsed(due=datetime.datetime(2027, 2, 5, 12, tzinfo=datetime.UTC)).deadline.due.hour == 13


@pytest.mark.parametrize(
    "entries, words",
    [
        ({"due": datetime.date(2027, 2, 5), "late": "ten points"}, "10 points per day"),
        ({"late": "10 points per day"}, "due date"),
        ({"due": "soon"}, "soon"),
        ({"due": datetime.date(2027, 2, 5), "grace": 15}, "15 min"),
        ({"dou": datetime.date(2027, 2, 5)}, "dou"),
        ({"attempt": "best"}, "last on time"),
    ],
)
def test_what_is_not_understood_is_named(entries, words):
    with pytest.raises(CourseError, match=words):
        parsed(**entries)
    for zone in ("Mars", "Europe", "", 3):  # Europe is a folder of zones
        with pytest.raises(CourseError, match="Europe/Berlin"):
            settings.parsed({"timezone": zone})
    for said in ({"assignments": 3}, {"assignments": {"hw": 3}}):
        with pytest.raises(CourseError, match="expected entries such as name = value, got 3"):
            settings.parsed(said)


def test_extensions_are_read_without_their_reasons(course):
    rows = ["student,assignment,until,reason", "ada,hw,2027-02-08,ill", "ada,hw,2027-02-07 12:00,"]
    rows.append("'=x,hw,2027-02-09T10:00Z,")
    (course.root / "extensions.csv").write_text("\n".join(rows))
    found = settings.extensions(course, BERLIN)
    assert found["ada", "hw"] == datetime.datetime(2027, 2, 8, 23, 59, 59, 999999, BERLIN)
    assert found["=x", "hw"] == datetime.datetime(2027, 2, 9, 10, tzinfo=datetime.UTC)
    assert "ill" not in repr(found)


class Row:
    def __init__(self):
        self.score, self.late_submission_penalty = 80.0, 0.0


class Book(dict):
    def find_submission_notebook(self, assignment, notebook, student):
        return self[assignment]


def test_slip_days_of_a_replaced_submission_are_not_free(course, monkeypatch):
    monkeypatch.setattr(penalties.gradebook, "transaction", lambda book: contextlib.nullcontext())
    names, entries = ("gmm-two-ways", "gflownet-em"), []
    for month, name in enumerate(names, 1):
        rule = 'late = "slip days, then 10 points per day"'
        entries.append(f"[assignments.{name}]\ndue = 2027-0{month}-01\n{rule}\n")
        content = course.release(name).read_bytes()
        for path in (course.submitted("S1", name), course.autograded("S1", name)):
            path.parent.mkdir(parents=True)
            path.write_bytes(content)
        course.reports(name).mkdir(parents=True)
        course.grades(name).write_text(json.dumps({"students": {"S1": {"status": "graded"}}}))
        time = datetime.datetime(2027, month, 3, 12, tzinfo=datetime.UTC)
        found = attempts.Attempt("1", hashlib.sha256(content).hexdigest(), "hw.ipynb", 1, time)
        attempts.save(course, name, {"S1": [found]})
    (course.root / "course.toml").write_text("slip_days = 2\n" + "".join(entries))
    book = Book({name: Row() for name in names})
    penalties.record(course, book)
    before = [row.late_submission_penalty for row in book.values()]
    newer = made.notebook(submission.read_release(course.release(names[0])), "Newer.")
    course.submitted("S1", names[0]).write_bytes(newer)
    penalties.record(course, book)
    assert [row.late_submission_penalty for row in book.values()] == before == [0, 20]


@pytest.mark.parametrize(
    "due, moment, days",
    [
        ("2027-10-30T23:59:00+02:00", "2027-10-31T23:59:00+01:00", 1),
        ("2027-10-30T21:59:00Z", "2027-10-31T23:59:00+01:00", 1),
        ("2027-03-27T22:59:00Z", "2027-03-29T00:30:00+02:00", 2),
        ("2027-02-05", "2027-02-05T22:59:59.480000+00:00", 0),
    ],
)
def test_a_due_time_with_an_offset_and_a_date(due, moment, days):
    deadline = parsed(due=due, late="10 % per day").deadline
    assert lateness.days_late(datetime.datetime.fromisoformat(moment), deadline) == days
