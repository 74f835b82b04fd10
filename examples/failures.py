"""What can go wrong, what the SDK does about it, and what a program should do.

Needs AIONVISION_API_KEY and AIONVISION_BASE_URL (http://127.0.0.1:8000/api/v2).
"""

from uuid import uuid4

from aion import (
    AionvisionConnectionError,
    AionvisionError,
    RateLimitError,
    ResourceNotFoundError,
    SyncAionVision,
    ValidationError,
)


def fails_in_a_known_way(client: SyncAionVision) -> None:
    """Prints failures that a program can tell apart by their type, or by the server's code."""
    try:
        client.files.get(str(uuid4()))
    except ResourceNotFoundError as error:
        print(error.code, "|", error.details["error_code"], "| request", error.details["request_id"])
    try:
        client.colors.search(color_name="no such colour")
    except ValidationError as error:
        print(error.message)


def waits_as_long_as_it_wants(client: SyncAionVision) -> None:
    """Asks with a shorter time limit, no second try, and the whole answer."""
    impatient = client.with_options(timeout=5, max_retries=0)
    answer = impatient.with_raw_response.files.list(limit=1)
    print(answer.status_code, answer.request_id, "left this minute:", answer.headers.get("x-ratelimit-remaining"))
    print("files:", answer.parse().total_count)


def reaches_nobody() -> None:
    """Asks where nobody answers: after some tries, with growing pauses, it is said."""
    with SyncAionVision("aion_" + "x" * 40, base_url="http://127.0.0.1:9/api/v2", retry_delay=0.01) as client:
        try:
            client.files.list()
        except AionvisionConnectionError as error:
            print(error.code, "|", error.message)


def main() -> None:
    """Prints each of them; what is not foreseen ends the program with a sentence."""
    try:
        with SyncAionVision.from_env() as client:
            fails_in_a_known_way(client)
            waits_as_long_as_it_wants(client)
        reaches_nobody()
    except RateLimitError as error:
        raise SystemExit(f"Too many requests: come back in {error.retry_after} s") from error
    except AionvisionError as error:
        raise SystemExit(f"{error.code}: {error.message}") from error


main()
