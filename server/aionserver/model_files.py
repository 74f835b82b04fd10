"""`aionvision models`: files of local language models, fetched once and kept in the data folder."""

import asyncio
import re
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from aionserver.infra.downloading import WantedFile, download
from aionserver.infra.egress import Egress
from aionserver.infra.errors import InvalidInput
from aionserver.infra.settings import Settings

GGUF = b"GGUF"
TOLD_EVERY_BYTES = 64 << 20
_NAME = re.compile(r"(?!\.)[\w.+-]{1,200}\.gguf", re.I)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.I)


def pull(settings: Settings, address: str, sha256: str, say: Callable[[str], None]) -> str:
    """Fetch the GGUF file at an address; the setting that uses it."""
    if not _SHA256.fullmatch(sha256):
        raise InvalidInput.field("sha256", "must be 64 hexadecimal digits, as the file's page shows them")
    place = settings.models_folder / _name(address)
    is_new = asyncio.run(download(Egress.of(settings), WantedFile(address, sha256, GGUF), place, _progress(say)))
    say(f"{place.name} is {'there' if is_new else 'there already'}, and right.")
    return f"AIONVISION_LANGUAGE_MODEL=local:{place.name}"


def _name(address: str) -> str:
    try:
        name = unquote(urlsplit(address).path.rpartition("/")[2])
    except ValueError:
        name = ""
    if not _NAME.fullmatch(name):
        raise InvalidInput.field("url", "must lead to a file whose name ends in .gguf")
    return name


def _progress(say: Callable[[str], None]) -> Callable[[int, int | None], None]:
    """Says how far it is, every 64 MiB."""
    next_bytes = 0

    def tell(have: int, whole: int | None) -> None:
        nonlocal next_bytes
        if have >= next_bytes:
            next_bytes = have + TOLD_EVERY_BYTES
            say(f"{have >> 20} MiB" + (f" of {whole >> 20}" if whole else ""))

    return tell


def listed(settings: Settings) -> list[str]:
    """The files that are there, with their sizes."""
    files = sorted(settings.models_folder.glob("*.gguf"))
    return [f"local:{one.name}  {one.stat().st_size >> 20} MiB" for one in files]
