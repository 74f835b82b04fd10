"""The agents for bookmarked pages and for videos."""

from plugins.product import Product, Tenant
from plugins.websites import Website, page

LINKS = "/api/v2/agents/search/links"


async def test_pages_are_found_and_charged_for(product: Product, tenant: Tenant, website: Website) -> None:
    product.infra.settings.web_private_hosts = (website.host,)
    for path, title, text in (("/a", "Apple trees", "How to prune an apple tree."), ("/b", "Bread", "Flour and salt.")):
        url = website.put(path, page(title, "", f"<p>{text}</p>"))
        assert (await tenant.client.post("/api/v2/user-files/links", json={"url": url})).status_code == 201
    await product.do_jobs()
    answer = await tenant.client.post(LINKS, json={"query": "prune an apple tree"}, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["results"][0]["title"], found["results"][0]["url"]) == ("Apple trees", website.url("/a"))
    assert found["result_refs"]["search_1"]["id_type"] == "link"
    assert found["summary_raw"].startswith("[[ref:search_1]] bookmarked page")
    again = await tenant.client.post(LINKS, json={"query": "prune an apple tree"}, headers={"Idempotency-Key": "k"})
    assert again.json() == found
    none = (await tenant.client.post(LINKS, json={"query": "zeppelins over Uruguay"})).json()
    assert (none["count"], none["result_refs"]) == (0, {})
    other = await product.tenant("Other")
    assert (await other.client.post(LINKS, json={"query": "prune an apple tree"})).json()["count"] == 0


async def test_no_video_is_found_and_that_is_said(tenant: Tenant) -> None:
    answer = await tenant.client.post("/api/v2/agents/search/videos", json={"query": "a train arrives"})
    found = answer.json()
    assert (answer.status_code, found["results"], found["iterations"]) == (200, [], 0)
    assert "no videos so far" in found["summary"]
