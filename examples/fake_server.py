"""Test a program that uses Aionvision without a server, a network or a key. Needs nothing: it is run as it is.

With pytest, `pytest_plugins = ["aion.testing.fixtures"]` gives `fake_server`, `fake_client` and `fake_sync_client`.
"""

from aion import ServerError, SyncAionVision
from aion.testing import FakeServer


def count_cars(client: SyncAionVision) -> int:
    """The program under test: how many pictures there are of cars."""
    return client.agent_search.images("cars").count


def test_cars_are_counted() -> None:
    """What is uploaded becomes described, and is found."""
    server = FakeServer()
    server.add_file("red car.jpg")
    server.add_file("cat.jpg")
    with server.sync_client() as client:
        client.upload_one(b"any bytes", filename="old car.jpg")
        assert count_cars(client) == 2


def test_a_short_outage_is_not_noticed() -> None:
    """The client tries again by itself."""
    server = FakeServer()
    server.fail("POST /agents/search/images", 503, times=2)
    with server.sync_client() as client:
        assert count_cars(client) == 0
    assert len(server.asked_for("POST /agents/search/images")) == 3


def test_a_long_outage_is() -> None:
    """In the end it says so."""
    server = FakeServer()
    server.fail("POST /agents/search/images", 500, times=10)
    with server.sync_client(max_retries=1) as client:
        try:
            count_cars(client)
        except ServerError:
            return
    raise AssertionError("Nobody was told.")


if __name__ == "__main__":
    for test in (test_cars_are_counted, test_a_short_outage_is_not_noticed, test_a_long_outage_is):
        test()
        print("passed:", test.__name__)
