"""Addresses that tenants name for their buckets: none leads into the network of the server."""

from typing import Any

import pytest

from plugins.product import Tenant
from plugins.s3 import OwnBucket

CONFIG = "/api/v2/tenant/s3-config"


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://127.0.0.1:9000",
        "https://localhost",
        "https://[::1]:9000",
        "https://10.1.2.3",
        "https://192.168.0.1",
        "https://169.254.169.254",
        "https://[::ffff:169.254.169.254]",
        "https://[fd00:ec2::254]",
        "https://0x7f000001",
        "https://2130706433",
        "https://0.0.0.0",
        "https://100.64.0.1",
    ],
)
async def test_a_bucket_at_a_private_address_is_refused(tenant: Tenant, endpoint: str) -> None:
    answer = await tenant.client.post(CONFIG, json=OwnBucket(endpoint).body())
    error: dict[str, Any] = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, "ADDRESS_NOT_ALLOWED")
    assert (await tenant.client.get(CONFIG)).json()["configured"] is False


async def test_a_bucket_without_encryption_is_refused(tenant: Tenant) -> None:
    answer = await tenant.client.post(CONFIG, json=OwnBucket("http://93.184.216.34").body())
    error = answer.json()["error"]
    assert (answer.status_code, [one["field"] for one in error["details"]]) == (422, ["endpoint_url"])
