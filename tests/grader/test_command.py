"""The installed command where the packages of an extra are missing."""

import json
import subprocess
import sys

# (the module that is missing, words after the command): one process tries all.
MISSING = [("typer", ["init", "course"]), ("typer", ["--help"]), ("autograder.report.pages", ["--help"])]
PROGRAM = """
import json
import sys
from autograder.command import main

told = []
for missing, words in json.loads(sys.argv[1]):
    sys.modules[missing], sys.argv[1:] = None, words
    try:
        main()
    except (SystemExit, ModuleNotFoundError) as end:
        told.append([type(end).__name__, str(end)])
    del sys.modules[missing]
print(json.dumps(told))
"""


def test_a_missing_package_is_named_with_its_extra_and_a_module_of_our_own_is_no_missing_extra(tmp_path):
    command = [sys.executable, "-c", PROGRAM, json.dumps(MISSING)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    *of_an_extra, of_ours = json.loads(done.stdout)
    assert len(of_an_extra) == 2
    for end, words in of_an_extra:
        assert end == "SystemExit" and "typer is not installed" in words and "gmm-tf[grading]" in words
    assert of_ours[0] == "ModuleNotFoundError" and "autograder.report.pages" in of_ours[1]
    assert not list(tmp_path.iterdir())
