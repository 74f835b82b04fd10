"""The wheel: the same bytes each time, one dependency, and whole without the repository."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

import aion

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import aion
from aion.testing import FakeServer

with FakeServer().sync_client() as client:
    assert client.upload_one(b"1", filename="a.jpg").is_completed
print(aion.__file__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel of the SDK; building it fails when two builds differ."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, str(ROOT / "tools" / "dist.py"), "--only", "sdk", "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return next(out.glob("*.whl"))


def test_the_wheel_needs_only_the_http_client(wheel):
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        about = Parser().parsestr(archive.read(name).decode())
    required = about.get_all("Requires-Dist") or []
    assert [one for one in required if "extra ==" not in one] == ["httpx2<3,>=2.0"]
    assert {one.split('extra == "')[1].rstrip('"') for one in required if "extra ==" in one} == {
        "dotenv",
        "tracing",
        "progress",
    }
    assert (about["Name"], about["Version"], about["Requires-Python"]) == ("aionvision", aion.__version__, ">=3.9")


def test_the_wheel_holds_the_package_and_no_tests(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {"aion/py.typed", "aion/sync/client.py", "aion/testing/fixtures.py"} <= names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"aion", "aionvision"}
    assert any(name.endswith("LICENSE") for name in names)


def test_the_wheel_works_where_it_is_installed(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{PROGRAM}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == str(tmp_path / "aion" / "__init__.py"), done.stderr
