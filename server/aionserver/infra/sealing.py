"""Secrets at rest: sealed with AES-GCM under a key derived from the server's secret, one for each purpose."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from aionserver.infra.errors import Conflict

NONCE_BYTES = 12
KEY_BYTES = 32


class SealBroken(Conflict):
    """What was sealed can't be opened: it was changed, or the server's secret key is another one now."""

    code = "SEAL_BROKEN"


def seal(secret: bytes, purpose: str, plain: bytes) -> bytes:
    """`plain`, readable again only with the same secret and purpose. The purpose names what it is and whose."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher(secret, purpose).encrypt(nonce, plain, purpose.encode())


def unseal(secret: bytes, purpose: str, sealed: bytes) -> bytes:
    """What was sealed; SealBroken when secret, purpose or bytes are others."""
    try:
        return _cipher(secret, purpose).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], purpose.encode())
    except (InvalidTag, ValueError):
        raise SealBroken("A stored secret can't be opened: was AIONVISION_SECRET_KEY changed?") from None


def _cipher(secret: bytes, purpose: str) -> AESGCM:
    derived = HKDF(SHA256(), KEY_BYTES, salt=None, info=f"aionvision:{purpose}".encode()).derive(secret)
    return AESGCM(derived)
