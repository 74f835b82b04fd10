"""What is known of the request behind a scope."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RequestContext:
    """Where a request came from, and by which operation. All empty for the product's own work.

    `origin` is the scheme and host that URLs in answers begin with. `operation` is its resource and name, such as
    `user_files.update_file`, and `resource_id` what its path names; both are empty where the request only reads.
    """

    origin: str = ""
    request_id: str = ""
    address: str | None = None
    user_agent: str | None = None
    method: str = ""
    operation: str = ""
    resource_id: str | None = None


NO_REQUEST = RequestContext()
