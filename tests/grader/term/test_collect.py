"""Platforms' zips and folders become submissions, by ids, whatever is in them."""

import datetime
import io
import os
import stat
import time
import unicodedata
import zipfile

import made
import pytest

from autograder.course.directory import CourseError
from autograder.course.term import attempts, collect, platforms, roster
from autograder.engine import submission

A = made.ASSIGNMENT
PEOPLE = made.students()


@pytest.fixture(scope="module")
def mine(release):
    """{sid: bytes} of each student's notebook."""
    return {p.sid: made.notebook(release, f"The answer of {p.sid}.") for p in PEOPLE}


def canvas(notebooks, **extra):
    files = {made.canvas_name(p, f"{A}.ipynb", 500 + n): notebooks[p.sid] for n, p in enumerate(PEOPLE)}
    return made.zipped(files | extra)


def run(course, path, **how):
    return collect.collect(course, A, path, **how)


def contents(course):
    """{student: bytes} of what counts."""
    found = sorted((course.root / "submitted").glob(f"*/{A}/{A}.ipynb"))
    return {path.parents[1].name: path.read_bytes() for path in found}


def outcomes(plan):
    return {(row.student, row.file.rpartition("/")[2]): row.outcome for row in plan.rows}


def everything(course):
    return {
        str(path.relative_to(course.root)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in course.root.rglob("*")
        if path.is_file()
    }


def as_moodle(mine, folders):
    return {made.moodle_name(p, "hw.ipynb", folders): mine[p.sid] for p in PEOPLE}


def as_gradescope(mine):
    files = {f"submission_{n + 1}/{A}.ipynb": mine[p.sid] for n, p in enumerate(PEOPLE)}
    files["submission_metadata.yml"] = made.gradescope_metadata(PEOPLE)
    return {f"assignment_9_export/{name}": content for name, content in files.items()}


def as_exchange(mine):
    return {f"{p.login}+{A}+2026-06-10 14:14:00.123456 UTC+c2FsdA==/{A}.ipynb": mine[p.sid] for p in PEOPLE}


DIALECTS = {
    "canvas": lambda m: {made.canvas_name(p, "hw.ipynb", n + 9): m[p.sid] for n, p in enumerate(PEOPLE)},
    "canvas, some late": lambda m: {
        made.canvas_name(p, "hw.ipynb", n + 9, late=n % 2): m[p.sid] for n, p in enumerate(PEOPLE)
    },
    "moodle": lambda m: as_moodle(m, True),
    "moodle, flat": lambda m: as_moodle(m, False),
    "moodle, before 4.1": lambda m: {k.replace("file/", "file_/"): v for k, v in as_moodle(m, True).items()},
    "gradescope": as_gradescope,
    "exchange": as_exchange,
    "nbgrader's folder": lambda m: {f"{p.sid}/{A}/{A}.ipynb": m[p.sid] for p in PEOPLE},
    "files by student": lambda m: {f"{p.sid}.ipynb": m[p.sid] for p in PEOPLE},
    "files by login in a folder": lambda m: {f"all of them/{p.login}.ipynb": m[p.sid] for p in PEOPLE},
    "folders by address": lambda m: {f"{p.email}/solution.ipynb": m[p.sid] for p in PEOPLE},
    "canvas, zipped by a mac": lambda m: (
        {f"submissions/{made.canvas_name(p, 'hw.ipynb', n + 9)}": m[p.sid] for n, p in enumerate(PEOPLE)}
        | {"__MACOSX/submissions/._x_1_2_hw.ipynb": b"x"}
    ),
}


# `make test` unpacks every fourth.
PACKED_OR_NOT = [
    pytest.param(name, unpacked, marks=[pytest.mark.slow] * (unpacked and place % 4 > 0))
    for unpacked in (False, True)
    for place, name in enumerate(DIALECTS)
]


@pytest.mark.parametrize(("name", "unpacked"), PACKED_OR_NOT)
def test_each_platform_places_the_whole_class(enrolled, mine, save, tmp_path, name, unpacked):
    source = save("all.zip", made.zipped(DIALECTS[name](mine)))
    if unpacked:
        source = tmp_path / "unpacked"
        zipfile.ZipFile(tmp_path / "all.zip").extractall(source)
    plan = run(enrolled, source)
    assert contents(enrolled) == mine
    assert set(outcomes(plan).values()) == {"new"}
    before = everything(enrolled)
    again = run(enrolled, source)
    assert set(outcomes(again).values()) == {"already there"}
    assert {k: v[0] for k, v in everything(enrolled).items()} == {k: v[0] for k, v in before.items()}


def test_a_dry_run_tells_the_same_and_changes_nothing(enrolled, mine, save):
    source = save("all.zip", canvas(mine, **{"notes.txt": b"hello"}))
    before = everything(enrolled)
    planned = run(enrolled, source, dry_run=True)
    assert everything(enrolled) == before
    assert run(enrolled, source).rows == planned.rows


@pytest.mark.parametrize(
    "name",
    ["hw (1).ipynb", "hw.ipynb.txt", "hw.ipynb.json", "HW.IPYNB", "hw", "hw.json", "11_22_33_hw.ipynb"],
)
def test_what_browsers_make_of_a_notebook_is_taken(enrolled, mine, save, name):
    person = PEOPLE[2]
    plan = run(enrolled, save("a.zip", made.zipped({made.canvas_name(person, name, 7): mine[person.sid]})))
    assert contents(enrolled) == {person.sid: mine[person.sid]}
    missing = [row.student for row in plan.rows if row.outcome == "missing"]
    assert missing == [p.sid for p in PEOPLE if p is not person]


def test_zips_in_zips_are_opened_two_deep(enrolled, mine, save):
    one, two, three = PEOPLE[:3]
    inner = {p.sid: made.zipped({f"folder/{A}.ipynb": mine[p.sid]}) for p in (one, two, three)}
    deep = {"2.zip": inner[three.sid]}
    files = {
        made.canvas_name(one, "hw.zip", 1): inner[one.sid],
        made.canvas_name(two, "hw.zip", 2): made.zipped({"hw.zip": inner[two.sid]}),
        made.canvas_name(three, "hw.zip", 3): made.zipped({"1": b"", "1.zip": made.zipped(deep)}),
    }
    plan = run(enrolled, save("a.zip", made.zipped(files)))
    assert contents(enrolled) == {p.sid: mine[p.sid] for p in (one, two)}
    assert "is a zip in a zip in a zip" in [row.why for row in plan.rows if row.student == three.sid]


def test_files_that_are_nobodys_are_told_and_not_taken(enrolled, mine, save, release):
    other = made.notebook(submission.read_release(enrolled.release("gflownet-em")))
    stranger = made.Student(50)
    files = {
        made.canvas_name(PEOPLE[0], "report.pdf", 1): b"%PDF",
        made.canvas_name(PEOPLE[1], "hw.ipynb", 2): other,
        made.canvas_name(stranger, "hw.ipynb", 3): mine["S0000"],
        "../../etc/passwd": b"root",
        "..\\..\\evil.ipynb": mine["S0000"],
        f"schmidtanna_{PEOPLE[3].canvas}_text.html": b"typed",
        "LATE_anon_aB3x9_77_hw.ipynb": mine["S0000"],
    }
    plan = run(enrolled, save("a.zip", made.zipped(files)))
    assert contents(enrolled) == {}
    why = {row.file: row.why for row in plan.rows}
    assert why[made.canvas_name(PEOPLE[0], "report.pdf", 1)] == "is not a notebook"
    assert why[made.canvas_name(PEOPLE[1], "hw.ipynb", 2)] == "is a notebook of gflownet-em"
    assert "no student of roster.csv" in why[made.canvas_name(stranger, "hw.ipynb", 3)]
    assert "anonymous grading" in why["LATE_anon_aB3x9_77_hw.ipynb"]
    assert len([row for row in plan.rows if row.outcome == "missing"]) == len(PEOPLE)
    assert sorted(p.name for p in enrolled.root.parent.iterdir()) == ["a.zip", "course"]


def test_links_pipes_and_encrypted_files_are_not_followed(enrolled, mine, save, tmp_path):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        link = zipfile.ZipInfo(made.canvas_name(PEOPLE[0], "hw.ipynb", 1))
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    plan = run(enrolled, save("a.zip", content.getvalue()))
    assert [row.why for row in plan.rows if row.file] == ["is a link"]
    folder = tmp_path / "folder"
    folder.mkdir()
    secret = save("secret.ipynb", mine["S0000"])
    os.symlink(secret, folder / "S0000.ipynb")
    os.symlink(tmp_path, folder / "S0001")
    os.mkfifo(folder / "S0002.ipynb")
    plan = run(enrolled, folder)
    assert contents(enrolled) == {}
    assert {row.why for row in plan.rows if row.file} == {"is a link", "is no regular file"}


def test_a_linked_student_folder_is_not_written_through(enrolled, mine, save, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (enrolled.root / "submitted").mkdir()
    os.symlink(outside, enrolled.root / "submitted" / "S0000")
    plan = run(enrolled, save("a.zip", canvas(mine)))
    assert list(outside.iterdir()) == []
    assert [row.outcome for row in plan.rows if row.student == "S0000"][0] == "not taken"
    assert contents(enrolled).keys() == mine.keys() - {"S0000"}


def test_bombs_are_cut_off(enrolled, mine, save):
    zeros = io.BytesIO()
    with zipfile.ZipFile(zeros, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("hw.ipynb", "w") as file:
        for _ in range(64):
            file.write(b"\0" * (1 << 20))
    files = {made.canvas_name(PEOPLE[0], "hw.zip", 1): zeros.getvalue()}
    plan = run(enrolled, save("a.zip", made.zipped(files)))
    assert contents(enrolled) == {}
    assert [row.why for row in plan.rows if row.file] == ["is larger than 20 MB"]


def damaged_zips():
    """Zips with one entry each that cannot be read, in several ways."""
    for kind in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", kind) as archive:
            archive.writestr(f"{A}.ipynb", bytes(range(256)) * 40)
        content = bytearray(packed.getvalue())
        content[60:90] = bytes(30)
        yield bytes(content)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("ä.ipynb", b"{}")
    yield packed.getvalue().replace("ä".encode(), b"\xff\xfe", 1)  # in the entry, not in the list


def test_a_damaged_zip_of_one_student_is_told_and_stops_nobody(enrolled, mine, save):
    for number, content in enumerate(damaged_zips()):
        name = made.canvas_name(PEOPLE[0], f"{number}.zip", 700 + number)
        plan = run(enrolled, save(f"{number}.zip", canvas({**mine}, **{name: content})))
        (row,) = [row for row in plan.rows if row.file.startswith(name)]
        assert row.outcome == collect.NOT_TAKEN and "cannot be read" in row.why
        assert len(contents(enrolled)) == len(PEOPLE)


def test_a_folder_of_time_zones_is_no_time_zone_and_stops_nobody(enrolled, mine, save):
    student = PEOPLE[0]
    name = f"{student.login}+{A}+2026-06-10 14:14:00 Europe/{A}.ipynb"
    run(enrolled, save("all.zip", made.zipped(as_exchange(mine) | {name: mine[student.sid]})))
    assert len(contents(enrolled)) == len(PEOPLE)


def test_other_notebooks_in_the_folder_of_releases_are_no_assignments(enrolled, mine, save):
    extra = enrolled.root / "assignments" / "extras" / "demo.ipynb"
    extra.parent.mkdir()
    extra.write_text("{}")
    run(enrolled, save("all.zip", canvas(mine)))
    assert len(contents(enrolled)) == len(PEOPLE)


def test_a_million_files_are_refused_at_once(enrolled, save):
    # Only the end of the zip, which says how long its list is: nothing of it is read.
    end = b"PK\x05\x06" + b"\0" * 4 + b"\xff\xff" * 2 + (90 << 20).to_bytes(4, "little") + b"\0" * 6
    start = time.process_time()
    with pytest.raises(CourseError, match="files"):
        run(enrolled, save("a.zip", b"PK\x03\x04" + b"\0" * 100 + end))
    assert time.process_time() - start < 2


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x05\x06", b"PK\x03\x04" + b"\0" * 50])
def test_what_is_no_zip_is_said(enrolled, save, content):
    with pytest.raises(CourseError, match="zip or a folder"):
        run(enrolled, save("a.zip", content))


@pytest.mark.parametrize("rule, counts", [("last", "late"), ("last on time", "early")])
def test_of_two_files_in_canvas_zip_the_rule_chooses(course, save, release, rule, counts):
    both = {"early": made.notebook(release, "Early."), "late": made.notebook(release, "Late.")}
    person = PEOPLE[0]
    files = {
        made.canvas_name(person, "hw.ipynb", 500): both["early"],
        made.canvas_name(person, "hw-1.ipynb", 900, late=True): both["late"],
    }
    (course.root / "course.toml").write_text(f'[assignments.{A}]\nattempt = "{rule}"\n')
    plan = run(course, save("both.zip", made.zipped(files)))
    assert contents(course) == {person.canvas: both[counts]}
    assert {row.outcome for row in plan.rows} == {collect.NEW, collect.KEPT}
    kept = attempts.folder(course, A) / person.canvas
    assert {path.read_bytes() for path in kept.iterdir()} == set(both.values())


class WrittenElsewhere(zipfile.ZipInfo):
    """An entry whose name is written in another encoding, without saying in which."""

    def _encodeFilenameFlags(self):
        return self.written, self.flag_bits


@pytest.mark.parametrize(
    "write",
    [lambda name: unicodedata.normalize("NFD", name).encode(), lambda name: name.encode("cp1252", "replace")],
    ids=["macOS", "Windows"],
)
def test_moodles_folders_packed_again_keep_their_owners(enrolled, mine, save, write):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in as_moodle(mine, folders=True).items():
            entry = WrittenElsewhere(str(len(archive.infolist())))
            entry.written = write(name)
            archive.writestr(entry, data)
    run(enrolled, save("again.zip", content.getvalue()))
    assert contents(enrolled) == mine


def test_who_handed_in_only_what_is_no_notebook_is_told_apart(enrolled, save):
    path = save("pdf.zip", made.zipped({made.canvas_name(PEOPLE[0], "answers.pdf", 9): b"%PDF-1.4"}))
    why = {row.student: row.why for row in run(enrolled, path).rows if row.outcome == collect.MISSING}
    assert why.pop(PEOPLE[0].sid) == "no file could be used"
    assert set(why.values()) == {"nothing was handed in"}


def test_a_later_attempt_replaces_and_the_earlier_is_kept(enrolled, mine, save, release):
    later = made.notebook(release, "Better.")
    run(enrolled, save("1.zip", canvas(mine)))
    person = PEOPLE[4]
    name = made.canvas_name(person, "hw-1.ipynb", 9000, late=True)
    plan = run(enrolled, save("2.zip", made.zipped({name: later})))
    assert outcomes(plan)[person.sid, name] == "replaces an earlier one"
    assert contents(enrolled) == mine | {person.sid: later}
    kept = {path.read_bytes() for path in attempts.folder(enrolled, A).joinpath(person.sid).iterdir()}
    assert kept == {mine[person.sid], later}
    # An older download changes nothing any more.
    run(enrolled, save("1.zip", canvas(mine)))
    assert contents(enrolled)[person.sid] == later


def test_which_attempt_counts_is_a_rule_of_the_course(enrolled, mine, save, release):
    later = made.notebook(release, "Late.")
    person = PEOPLE[0]
    files = {
        f"{person.login}+{A}+2026-06-10 12:00:00.0 UTC/{A}.ipynb": mine[person.sid],
        f"{person.login}+{A}+2026-06-12 12:00:00.0 UTC/{A}.ipynb": later,
    }
    source = save("a.zip", made.zipped(files))
    run(enrolled, source)
    assert contents(enrolled) == {person.sid: later}
    rule = f'[assignments.{A}]\ndue = 2026-06-11T12:00:00\nattempt = "last on time"\n'
    (enrolled.root / "course.toml").write_text(rule)
    run(enrolled, source)
    assert contents(enrolled) == {person.sid: mine[person.sid]}
    extension = f"student,assignment,until,reason\n{person.sid},{A},2026-06-13,ill\n"
    (enrolled.root / "extensions.csv").write_text(extension)
    run(enrolled, source)
    assert contents(enrolled) == {person.sid: later}


def test_a_notebook_placed_by_hand_is_kept_as_an_attempt(enrolled, mine, save):
    place = enrolled.root / "submitted" / "S0000" / A / f"{A}.ipynb"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"by hand")
    run(enrolled, save("a.zip", canvas(mine)))
    assert place.read_bytes() == mine["S0000"]
    assert b"by hand" in {p.read_bytes() for p in attempts.folder(enrolled, A).joinpath("S0000").iterdir()}


def test_a_broken_notebook_counts_only_without_a_whole_one(enrolled, mine, save):
    one, two = PEOPLE[:2]
    files = {
        made.canvas_name(one, "hw.ipynb", 1): mine[one.sid],
        made.canvas_name(one, "hw-1.ipynb", 2): b'{"cells": [',
        made.canvas_name(two, "hw.ipynb", 3): b"",
    }
    plan = run(enrolled, save("a.zip", made.zipped(files)))
    assert contents(enrolled) == {one.sid: mine[one.sid], two.sid: b""}
    assert any("cannot be graded" in row.why for row in plan.rows if row.student == two.sid)


def test_the_checks_of_a_classroom_are_no_submission(enrolled, mine, save, release):
    damaged = b'{"cells": [\n<<<<<<< HEAD\n=======\n>>>>>>> x\n]}'
    files = {f"S0001/{A}.ipynb": mine["S0001"], f"S0003/{A}.ipynb": damaged}
    files |= {f"{s}/.github/checks/{A}.ipynb": made.notebook(release) for s in ("S0001", "S0003", "S0004")}
    run(enrolled, save("a.zip", made.zipped(files)))
    assert contents(enrolled) == {"S0001": mine["S0001"], "S0003": damaged}


def test_moodles_worksheet_tells_ids_and_times(course, mine, save):
    from autograder.course.term import tables

    canvas_list = roster.parsed(tables.parsed(made.canvas_gradebook(PEOPLE)))
    roster.save(course, roster.merged({}, canvas_list).people)
    source = save("m.zip", made.zipped(as_moodle(mine, True)))
    plan = run(course, source)
    assert contents(course) == {} and all("grading worksheet" in row.why for row in plan.rows if row.file)
    (course.root / "course.toml").write_text('timezone = "Europe/Berlin"\n')
    run(course, source, times_file=save("w.csv", made.moodle_worksheet(PEOPLE)))
    assert contents(course) == mine
    found = attempts.read(course, A)["S0000"][0].handed_in
    assert found.astimezone(datetime.UTC) == datetime.datetime(2026, 6, 10, 12, 14, tzinfo=datetime.UTC)


def test_a_group_with_a_students_number_is_in_doubt(enrolled, mine, save):
    name = f"Team Rocket_{PEOPLE[0].participant}_assignsubmission_file/hw.ipynb"
    plan = run(enrolled, save("m.zip", made.zipped({name: mine["S0000"]})))
    assert contents(enrolled) == {} and "group" in plan.rows[0].why


def test_a_canvas_group_is_in_doubt_and_no_spelling_of_a_name_is(enrolled, mine, save):
    one, *others = (p for p in PEOPLE if p.last.isascii())
    files = {f"projectgroup7_{one.canvas}_1_hw.ipynb": mine[one.sid]}
    files |= {unicodedata.normalize("NFKD", made.canvas_name(p, "hw.ipynb", 2)): mine[p.sid] for p in others}
    plan = run(enrolled, save("c.zip", made.zipped(files)))
    assert set(contents(enrolled)) == {p.sid for p in others}
    (doubt,) = [row for row in plan.rows if row.outcome == "unknown"]
    assert doubt.student == one.sid and "group" in doubt.why


@pytest.mark.parametrize("name", ["शर्माप्रिया", "i̇nanali", "สมิทธ์ณัฐวุฒิ", "ọ̀ṣunadé", "mⁿllerj÷rg", "has spaces"])
def test_any_name_stands_before_canvas_ids(enrolled, mine, save, name):
    person = roster.read(enrolled)["S0001"]._replace(first_name="", last_name="")
    roster.save(enrolled, {"S0001": person})
    file = f"{name}_LATE_{PEOPLE[1].canvas}_5_hw.ipynb"
    run(enrolled, save("c.zip", made.zipped({file: mine["S0001"]})))
    (attempt,) = attempts.read(enrolled, A)["S0001"]
    assert attempt.late and attempt.name == file


def test_what_has_no_effect_on_times_is_told(enrolled, mine, save):
    rows = [
        ["S0000", "2026-06-10 10:00"],
        ["S0000", "2026-06-11 10:00"],
        ["NOBODY", "2026-06-10 10:00"],
        ["", ""],
    ]
    (enrolled.root / "extensions.csv").write_text(
        f"student,assignment,until\nS9999,{A},2026-06-12\nS0001,gmm-two-way,2026-06-12\n"
    )
    (enrolled.root / "course.toml").write_text("[assignments.gmm-two-way]\n")
    times_file = save("t.csv", made.table(["student", "handed_in"], rows))
    plan = run(enrolled, save("a.zip", canvas(mine)), times_file=times_file)
    assert attempts.read(enrolled, A)["S0000"][0].handed_in.day == 11
    assert plan.notes == (
        "S0000 has several times; the latest counts.",
        "Row 4 (NOBODY) is no student of roster.csv; its time is not used.",
        f"course.toml has no entry for {A}, but one for gmm-two-way, which is no assignment of this course.",
        f"extensions.csv: S9999 ({A}) is no student of this course.",
    )


def test_drafts_and_extensions_in_moodles_status_are_told(enrolled, mine, save):
    worksheet = made.moodle_worksheet(PEOPLE[:2]).decode()
    for status in (
        "Draft (not submitted)",
        "Submitted for grading - Extension granted until: Friday 12 June",
    ):
        worksheet = worksheet.replace("Submitted for grading -  - ", status, 1)
    plan = run(
        enrolled,
        save("m.zip", made.zipped(as_moodle(mine, True))),
        times_file=save("w.csv", worksheet.encode()),
    )
    why = {row.student: row.why for row in plan.rows}
    assert "is a draft" in why["S0000"] and "until Friday 12 June: enter it" in why["S0001"]
    assert why["S0002"] == ""


def test_gradescopes_times_are_read_or_told_and_an_address_may_be_the_id(enrolled, mine, save):
    text = "!ruby/object:ActiveSupport::TimeWithZone\n    utc: 2026-06-10 14:14:00 Z\n    time: x"
    metadata = made.gradescope_metadata(PEOPLE[:1], text).decode()
    metadata += (
        made.gradescope_metadata(PEOPLE[1:2], "soon").decode().replace("---\nsubmission_1", "\nsubmission_2")
    )
    person = roster.read(enrolled)["S0001"]._replace(email="", sis_id="", login="user1@example.edu")
    roster.save(enrolled, {**roster.read(enrolled), "S0001": person})
    files = {"submission_metadata.yml": metadata.replace("'S0001'", "'x'").encode()}
    files |= {f"submission_{n + 1}/hw.ipynb": mine[f"S000{n}"] for n in range(2)}
    plan = run(enrolled, save("g.zip", made.zipped(files)))
    assert attempts.read(enrolled, A)["S0000"][0].handed_in.hour == 14
    assert contents(enrolled).keys() == {"S0000", "S0001"}
    assert "its time 'soon' cannot be read" in [row.why for row in plan.rows if row.student == "S0001"]


@pytest.mark.parametrize(
    "content, words",
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "pointer of Git LFS"),
        (b'{"cells": [\n<<<<<<< HEAD\n=======\n>>>>>>> x\n]}', "conflict marks"),
    ],
)
def test_what_git_made_of_a_notebook_is_told(enrolled, save, content, words):
    plan = run(enrolled, save("a.zip", made.zipped({made.canvas_name(PEOPLE[3], "hw.ipynb", 1): content})))
    assert any(words in row.why for row in plan.rows)


def test_gradescopes_group_counts_for_each_of_it(enrolled, mine, save):
    metadata = made.gradescope_metadata(PEOPLE[:1]).replace(
        b"  :created_at", b"  - :name: x\n    :sid: s0001\n    :email:\n  :created_at"
    )
    files = {"submission_metadata.yml": metadata, "submission_1/hw.ipynb": mine["S0000"]}
    run(enrolled, save("g.zip", made.zipped(files)))
    assert contents(enrolled) == {"S0000": mine["S0000"], "S0001": mine["S0000"]}
    (attempt,) = attempts.read(enrolled, A)["S0000"]
    assert attempt.handed_in == datetime.datetime(2026, 6, 10, 14, 14, 0, 123456, datetime.UTC)


def test_without_a_roster_the_platforms_ids_are_the_students(course, mine, save):
    source = {made.canvas_name(p, "hw.ipynb", 1): mine[p.sid] for p in PEOPLE}
    source["anon_aB3x9_77_hw.ipynb"] = mine["S0000"]
    run(course, save("a.zip", made.zipped(source)))
    assert contents(course) == {p.canvas: mine[p.sid] for p in PEOPLE} | {"anon_ab3x9": mine["S0000"]}


@pytest.mark.parametrize(
    "text, moment",
    [
        ("2026-06-10 14:14:00.123456000 Z", "2026-06-10T14:14:00.123456+00:00"),
        ("2026-06-10 14:14:00 -0700", "2026-06-10T14:14:00-07:00"),
        ("2026-06-10T14:14:00+02:00", "2026-06-10T14:14:00+02:00"),
        ("2015-02-02 15:58:23.948203 America/Los_Angeles", "2015-02-02T15:58:23.948203-08:00"),
        ("yesterday", None),
    ],
)
def test_times_as_platforms_write_them(text, moment):
    found = platforms.moment(text)
    assert (found and found.isoformat()) == moment


def accidents(mine, count):
    """A class with what goes wrong: its students, {sid: outcome}, bytes of a Canvas zip."""
    people, files, expected = made.students(count), {}, {}
    for number, person in enumerate(people):
        name, content, expected[person.sid] = f"{A}.ipynb", mine, "new"
        kind = number % 20
        if kind == 1:
            name = f"{A} (1).ipynb"
        elif kind == 2:
            name = f"{A}.ipynb.txt"
        elif kind == 3:
            name, content = "hw.zip", made.zipped({"deep/er/HW.IPYNB": mine, "__MACOSX/x": b""})
        elif kind == 4:
            name, content, expected[person.sid] = "hw.pdf", b"%PDF", "not taken"
        elif kind == 5:
            expected[person.sid] = "missing"
            continue
        elif kind == 6:
            files[made.canvas_name(person, "earlier.ipynb", 1)] = mine[:-1]
        elif number == 7:
            name, content, expected[person.sid] = (
                "bomb.zip",
                made.zipped({"x.ipynb": b"0" * (21 << 20)}),
                "not taken",
            )
        files[made.canvas_name(person, name, 1000 + number, late=number % 3 == 0)] = content
    files |= {"../../../escape.ipynb": mine, "C:\\Windows\\x.ipynb": mine, "r\xe9sum\xe9.docx": b"PK"}
    return people, expected, made.zipped(files)


@pytest.mark.parametrize("count", [40, pytest.param(200, marks=pytest.mark.slow)])
def test_of_a_class_everybody_is_placed_or_told(course, release, save, count):
    from autograder.course.term import tables

    people, expected, content = accidents(made.notebook(release), count)
    gradebook = roster.parsed(tables.parsed(made.canvas_gradebook(people)))
    roster.save(course, roster.merged({}, gradebook).people)
    start = time.monotonic()
    plan = run(course, save("a.zip", content))
    assert time.monotonic() - start < 60
    told = {}
    for row in plan.rows:
        told.setdefault(row.student, []).append(row.outcome)
    assert set(told) - {""} == {p.sid for p in people}
    for sid, outcome in expected.items():
        assert outcome in told[sid], (sid, told[sid])
    assert contents(course).keys() == {sid for sid, outcome in expected.items() if outcome == "new"}
    assert sorted(path.name for path in course.root.parent.iterdir()) == ["a.zip", "course"]
    assert len(told[""]) == 3
    before = everything(course)
    run(course, save("a.zip", content))
    assert {k: v[0] for k, v in everything(course).items()} == {k: v[0] for k, v in before.items()}


@pytest.mark.parametrize(
    "odd",
    ["S0003/hw_2027_02_05.ipynb", f"S0003/{A}/{A}.ipynb", "S0003/notes.csv"],
    ids=["canvas", "nbgrader", "other"],
)
def test_one_students_file_name_does_not_decide_for_the_class(enrolled, mine, save, odd):
    files = {f"{p.sid}/{A}.ipynb": mine[p.sid] for p in PEOPLE[:3]} | {odd: mine["S0003"]}
    run(enrolled, save("a.zip", made.zipped(files)))
    want = {p.sid: mine[p.sid] for p in PEOPLE[:3]} | (
        {} if odd.endswith("csv") else {"S0003": mine["S0003"]}
    )
    assert contents(enrolled) == want


def test_a_class_of_one_folder_is_read_by_its_student(enrolled, mine, save):
    run(enrolled, save("a.zip", made.zipped({"S0001/hw.ipynb": mine["S0001"], "S0001/data.csv": b"1,2"})))
    assert contents(enrolled) == {"S0001": mine["S0001"]}


def test_an_attempt_without_a_time_is_no_earlier_than_those_before_it(enrolled, mine, save, release):
    person, later = PEOPLE[0], made.notebook(release, "Later.")
    name = made.moodle_name(person, "hw.ipynb", True)
    times = save("times.csv", made.table(["student", "handed_in"], [[person.sid, "2026-06-10 12:00:00"]]))
    run(enrolled, save("1.zip", made.zipped({name: mine[person.sid]})), times_file=times)
    run(enrolled, save("2.zip", made.zipped({name: later})))
    assert contents(enrolled) == {person.sid: later}


def test_what_was_replaced_by_hand_stays_when_the_same_zip_is_collected_again(enrolled, mine, save, release):
    source = save("a.zip", canvas(mine))
    run(enrolled, source)
    place = enrolled.root / "submitted" / "S0000" / A / f"{A}.ipynb"
    repaired = made.notebook(release, "Repaired by the teacher.")
    place.write_bytes(repaired)
    run(enrolled, source)
    assert contents(enrolled) == mine | {"S0000": repaired}


def test_ids_keep_their_capitals_without_a_roster(course, mine, save):
    run(course, save("a.zip", made.zipped({f"Ann+{A}+2026-06-10 12:00:00.0 UTC/{A}.ipynb": mine["S0000"]})))
    assert contents(course) == {"Ann": mine["S0000"]}


def test_a_damaged_release_is_named(enrolled, mine, save):
    other = enrolled.release("other")
    other.parent.mkdir()
    other.write_text("")
    with pytest.raises(CourseError, match="other.ipynb cannot be read"):
        run(enrolled, save("a.zip", canvas(mine)))


def test_a_students_file_name_does_not_make_it_another_students(enrolled, mine, save):
    one, two = PEOPLE[2:4]
    own = made.moodle_name(two, "hw.ipynb", folders=False)
    forged = made.moodle_name(one, own, folders=False)
    run(enrolled, save("m.zip", made.zipped({own: mine[two.sid], forged: mine[one.sid]})))
    assert contents(enrolled) == {one.sid: mine[one.sid], two.sid: mine[two.sid]}


@pytest.mark.parametrize("other", ["old/gmm-two-ways.ipynb", "template.ipynb", "my_draft.ipynb"])
def test_the_notebook_named_after_the_assignment_counts(enrolled, mine, save, other):
    top = f"user0+{A}+2026-06-10 14:14:00.0 UTC+x"
    files = {f"{top}/{A}.ipynb": mine["S0000"], f"{top}/{other}": mine["S0001"]}
    run(enrolled, save("a.zip", made.zipped(files)))
    assert contents(enrolled) == {"S0000": mine["S0000"]}


def test_a_repaired_notebook_keeps_the_time_of_what_was_handed_in(enrolled, mine, save, release):
    name = f"user0+{A}+2026-06-12 12:00:00.0 UTC/{A}.ipynb"
    source = save("a.zip", made.zipped({name: mine["S0000"]}))
    run(enrolled, source)
    enrolled.submitted("S0000", A).write_bytes(made.notebook(release, "Repaired."))
    run(enrolled, source)
    first, repaired = attempts.read(enrolled, A)["S0000"]
    assert repaired.name == "placed by hand" and repaired.handed_in == first.handed_in


def test_a_short_name_within_a_groups_name_is_in_doubt(enrolled, mine, save):
    person = roster.read(enrolled)["S0001"]._replace(first_name="An", last_name="Nguyen")
    roster.save(enrolled, {"S0001": person})
    for file, taken in (("teamorange", set()), ("nguyenan", {"S0001"})):
        run(enrolled, save("c.zip", made.zipped({f"{file}_{person.canvas_id}_5_hw.ipynb": mine["S0001"]})))
        assert contents(enrolled).keys() == taken


def test_a_later_notebook_from_elsewhere_replaces_canvas(enrolled, mine, save, release):
    later = made.notebook(release, "Sent by mail.")
    run(enrolled, save("c.zip", canvas(mine)))
    for _ in range(2):
        run(enrolled, save("mail.zip", made.zipped({"S0000.ipynb": later})))
        assert contents(enrolled) == mine | {"S0000": later}
    run(enrolled, save("c.zip", canvas(mine)))
    assert contents(enrolled)["S0000"] == later
