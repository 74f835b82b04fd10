"""Refreshes server/aionserver/infra/web_assets/swagger-ui from the npm package swagger-ui-dist.

Usage: python tools/vendor_swagger_ui.py [VERSION]    (needs npm; VERSION defaults to the newest)
"""

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "swagger-ui-dist"
TARGET = Path(__file__).resolve().parent.parent / "server/aionserver/infra/web_assets/swagger-ui"
ASSETS = (
    "swagger-ui-bundle.js",
    "swagger-ui-bundle.js.LICENSE.txt",
    "swagger-ui.css",
    "favicon-32x32.png",
    "LICENSE",
    "NOTICE",
)
MAX_ASSET_BYTES = 4 << 20


def main() -> None:
    """Writes the assets and VERSION, replacing what was there."""
    version = sys.argv[1] if len(sys.argv) > 1 else "latest"
    with tempfile.TemporaryDirectory() as folder:
        archive, exact_version, integrity = download(version, Path(folder))
        contents = read_assets(archive)
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (TARGET / name).write_bytes(content)
    (TARGET / "VERSION").write_text(version_text(exact_version, integrity, contents), encoding="utf-8")
    print(f"{PACKAGE} {exact_version}: {len(contents)} files in {TARGET}")


def download(version: str, folder: Path) -> tuple[Path, str, str]:
    """The package's archive, its exact version and npm's integrity hash (npm itself checks it)."""
    command = ["npm", "pack", "--json", "--pack-destination", str(folder), f"{PACKAGE}@{version}"]
    answer = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    described: dict[str, str] = json.loads(answer.stdout)[0]
    return folder / described["filename"], described["version"], described["integrity"]


def read_assets(archive: Path) -> dict[str, bytes]:
    """The bytes of each asset; KeyError when the package no longer has one of them."""
    contents: dict[str, bytes] = {}
    with tarfile.open(archive) as package:
        for name in ASSETS:
            member = package.extractfile(package.getmember(f"package/{name}"))
            if member is None:
                raise SystemExit(f"{name} is not a plain file in {archive.name}")
            contents[name] = member.read(MAX_ASSET_BYTES + 1)
            if len(contents[name]) > MAX_ASSET_BYTES:
                raise SystemExit(f"{name} is larger than {MAX_ASSET_BYTES} bytes")
    return contents


def version_text(version: str, integrity: str, contents: dict[str, bytes]) -> str:
    """What stands in VERSION: package, version, npm integrity, SHA-256 of each file."""
    sums = [f"{hashlib.sha256(content).hexdigest()}  {name}" for name, content in sorted(contents.items())]
    return "\n".join([f"{PACKAGE} {version}", f"npm integrity {integrity}", "", *sums, ""])


if __name__ == "__main__":
    main()
