"""Names of devices."""

import pytest

from aionserver.kit.devices import LONGEST, UNKNOWN, device_name

MOZILLA = "Mozilla/5.0 "


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (MOZILLA + "(X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox on Linux"),
        (MOZILLA + "(Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0", "Edge on Windows"),
        (MOZILLA + "(Linux; Android 14) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36", "Chrome on Android"),
        (MOZILLA + "(iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
        (MOZILLA + "(Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15", "Safari on macOS"),
        ("curl/8.5.0", "curl"),
        ("aionvision-python/0.1 httpx2", "aionvision-python"),
        ("\u202e<script>", UNKNOWN),
        ("", UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_a_device_is_named_as_people_would(user_agent: str | None, name: str) -> None:
    assert device_name(user_agent) == name


def test_a_name_is_never_long() -> None:
    assert len(device_name("x" * 500)) == LONGEST
