"""Build both wheels into dist/, twice, and fail when the two builds differ in a byte.

    python tools/dist.py [--only sdk] [--out FOLDER]

Only files that git knows are built, from a copy of their own, with the time of the last commit as theirs: the same
commit gives the same wheels on any machine with the same build tools.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECTS = {"server": "server", "sdk": "sdk/python"}


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def copy_of(project: str, folder: Path) -> Path:
    """The project's files as they are now, without what git does not know."""
    target = folder / "source"
    for name in git("ls-files", "-z", "--", project).split("\0"):
        path = ROOT / name
        if name and path.is_file():
            place = target / Path(name).relative_to(project)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
            # wheels hold the mode; only whether a file can be executed is a matter of the project
            place.chmod(0o755 if os.access(path, os.X_OK) else 0o644)
    shutil.copyfile(ROOT / "LICENSE", target / "LICENSE")
    return target


def build(project: str, epoch: str) -> tuple[str, bytes]:
    """Name and bytes of the project's wheel."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, out = copy_of(project, folder), folder / "out"
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
        settings = {**os.environ, "SOURCE_DATE_EPOCH": epoch, "PYTHONHASHSEED": "0"}
        subprocess.run([*command, "--wheel-dir", str(out), str(source)], check=True, env=settings, umask=0o022)
        wheel = next(out.glob("*.whl"))
        return wheel.name, wheel.read_bytes()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=sorted(PROJECTS), help="build one of the two")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="where the wheels go")
    options = parser.parse_args()
    epoch = git("log", "-1", "--format=%ct").strip()
    options.out.mkdir(parents=True, exist_ok=True)
    for name in [options.only] if options.only else PROJECTS:
        wheel, content = build(PROJECTS[name], epoch)
        if build(PROJECTS[name], epoch) != (wheel, content):
            sys.exit(f"two builds of {wheel} differ")
        (options.out / wheel).write_bytes(content)
        print(f"{hashlib.sha256(content).hexdigest()}  {options.out / wheel}")


if __name__ == "__main__":
    main()
