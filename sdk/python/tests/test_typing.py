"""Types as users see them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import aion

PACKAGE = Path(aion.__file__).parent
PROGRAM = Path(__file__).with_name("typed_program.py")


WRONG = """
from aion import SyncAionVision
def size(client: SyncAionVision) -> str:
    client.with_raw_response.files.get(5)
    return client.files.get("a").size_bytes
"""


def test_the_package_and_a_typed_program_are_clean_for_the_oldest_python_and_a_wrong_program_is_not(tmp_path):
    wrong = tmp_path / "wrong.py"
    wrong.write_text(WRONG)
    settings = {"typeCheckingMode": "strict", "include": [str(PROGRAM), str(wrong), str(PACKAGE)]}
    settings |= {"pythonVersion": "3.9", "extraPaths": [str(PACKAGE.parent)]}
    # where the packages are that the extras need
    settings |= {"venvPath": str(Path(sys.prefix).parent), "venv": Path(sys.prefix).name}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "--project", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    found = {(Path(one["file"]).name, one["rule"]) for one in json.loads(done.stdout)["generalDiagnostics"]}
    assert found == {("wrong.py", "reportArgumentType"), ("wrong.py", "reportReturnType")}


def test_the_package_says_that_it_is_typed():
    assert (PACKAGE / "py.typed").exists()


def test_the_typed_program_runs():
    code = "import sys; sys.path.insert(0, sys.argv[1]); import typed_program; sys.exit(typed_program.faked() < 1)"
    assert subprocess.run([sys.executable, "-c", code, str(PROGRAM.parent)], timeout=60).returncode == 0
