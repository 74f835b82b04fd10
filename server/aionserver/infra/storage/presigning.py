"""Presigned URLs of S3 that bind the request's headers too: AWS Signature Version 4, in the query.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

import hashlib
import hmac
import os
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

SIGNATURE = "X-Amz-Signature"


class KeyOfEnvironment(Mapping[str, str]):
    """The secret of the access key that the environment has, by its id; nothing where keys come another way."""

    def __getitem__(self, key_id: str) -> str:
        if key_id != os.environ.get("AWS_ACCESS_KEY_ID"):
            raise KeyError(key_id)
        return os.environ["AWS_SECRET_ACCESS_KEY"]

    def __iter__(self) -> Iterator[str]:
        known = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        return iter([os.environ[known[0]]] if all(name in os.environ for name in known) else [])

    def __len__(self) -> int:
        return len(list(iter(self)))


def bound_to(url: str, secrets: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """A presigned PUT URL, signed anew so that only a request with these headers passes.

    The same URL where the secret of its access key is not among `secrets`.
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    key_id, scope = query["X-Amz-Credential"].split("/", 1)
    if key_id not in secrets:
        return url
    signed = {"host": parts.netloc, **{name.lower(): value for name, value in headers.items()}}
    del query[SIGNATURE]
    query["X-Amz-SignedHeaders"] = ";".join(sorted(signed))
    written = "&".join(f"{_quoted(name)}={_quoted(query[name])}" for name in sorted(query))
    lines = [f"{name}:{signed[name]}" for name in sorted(signed)]
    asked = ["PUT", parts.path, written, *lines, "", query["X-Amz-SignedHeaders"], "UNSIGNED-PAYLOAD"]
    digest = hashlib.sha256("\n".join(asked).encode()).hexdigest()
    text = "\n".join([query["X-Amz-Algorithm"], query["X-Amz-Date"], scope, digest])
    signature = hmac.new(_key(secrets[key_id], scope), text.encode(), "sha256").hexdigest()
    return urlunsplit(parts._replace(query=f"{written}&{SIGNATURE}={signature}"))


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")


def _key(secret: str, scope: str) -> bytes:
    """The key of a day, region and service."""
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
