"""What a bucket's error means, in one sentence for who owns the bucket."""

import re
from dataclasses import dataclass

from obstore.exceptions import PermissionDeniedError, UnauthenticatedError

ANOTHER_REGION = {"AuthorizationHeaderMalformed", "PermanentRedirect", "IllegalLocationConstraintException"}
SENTENCES = {
    "NoSuchBucket": "There is no such bucket.",
    "InvalidBucketName": "There is no such bucket.",
    "InvalidAccessKeyId": "Access denied: the access key is not known there.",
    "SignatureDoesNotMatch": "Access denied: the secret access key does not belong to the access key.",
    "AccessDenied": "Access denied: the access key lacks rights that are needed in this bucket.",
    "AllAccessDisabled": "Access denied: all access to this bucket is disabled.",
    "ExpiredToken": "Access denied: the access key has expired.",
    "RequestTimeTooSkewed": "The clock of this server and that of the bucket disagree.",
}
REGION = re.compile(r"<Region>([a-z0-9-]{1,40})</Region>")
# What object_store says of an answer that leads to another region without saying where that is.
REDIRECTED = ("redirect without LOCATION", "301 Moved Permanently", "307 Temporary Redirect")
AWAY = re.compile(r"status code: 5\d\d|error sending request|timed out|connection closed|deadline has elapsed")


@dataclass(frozen=True)
class Refusal:
    """What is wrong. `is_away`: nobody there answers at the moment; else it stays so until somebody changes it."""

    sentence: str
    is_away: bool = False


def refusal_of(error: Exception) -> Refusal:
    """What an error of an S3-compatible store means."""
    text = str(error).partition("Debug source")[0]
    code = next(iter(re.findall(r"<Code>(\w{1,60})</Code>", text)), "")
    if code in ANOTHER_REGION or any(sign in text for sign in REDIRECTED):
        return Refusal(_elsewhere(text))
    if code in SENTENCES:
        return Refusal(SENTENCES[code])
    if isinstance(error, (PermissionDeniedError, UnauthenticatedError)):
        return Refusal(SENTENCES["AccessDenied"])
    if AWAY.search(text):
        return Refusal("The bucket can't be reached.", is_away=True)
    return Refusal(f"The bucket did not do as asked{f' ({code})' if code else ''}.")


def _elsewhere(text: str) -> str:
    found = REGION.search(text)
    where = f": it is {found[1]}" if found else ""
    return f"The bucket lies in another region{where}."


def names_no_bucket(error: Exception) -> bool:
    """Whether a store's 'not found' is about the whole bucket, not the object."""
    return "<Code>NoSuchBucket</Code>" in str(error)
