"""Each resource of the SDK against the product in this process."""

import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from aion import (
    AionVision,
    AionvisionPermissionError,
    CategorizationResult,
    ChatTokenType,
    ColorFamily,
    InsecureTransportWarning,
    MemberRole,
    ResourceNotFoundError,
    ServerError,
    UploadResult,
    ValidationError,
    parse_references,
)
from aionserver.infra.actors import Role
from plugins.database import Database
from plugins.product import Product, Sandbox, Tenant, photo, running, settings_for
from plugins.websites import Website, page


@pytest_asyncio.fixture
async def product(database: Database, tmp_path: Path, sandbox: Sandbox, website: Website) -> AsyncIterator[Product]:
    """The product, allowed to fetch the test's website."""
    async with running(settings_for(database, tmp_path, web_private_hosts=website.host), sandbox) as found:
        yield found


def client_of(product: Product, key: str) -> AionVision:
    """The SDK's client, which reaches the product without a network."""
    with pytest.warns(InsecureTransportWarning):
        return AionVision(
            key,
            base_url="http://127.0.0.1/api/v2",
            polling_interval=0.05,
            max_retries=0,
            transport=httpx2.ASGITransport(app=product.app),
        )


@pytest_asyncio.fixture
async def client(product: Product, tenant: Tenant) -> AsyncIterator[AionVision]:
    async with client_of(product, tenant.key) as client:
        yield client


async def uploaded(product: Product, client: AionVision, *colors: str) -> list[UploadResult]:
    """Pictures of one colour each, with all jobs done."""
    results = [
        await client.upload_one(photo(color), filename=f"{color}.jpg", wait_for_descriptions=False) for color in colors
    ]
    await product.do_jobs()
    return results


async def test_folders(product: Product, client: AionVision) -> None:
    cars = await client.folders.create("Cars")
    red = await client.folders.create("Red", parent_id=cars.id)
    picture = (await uploaded(product, client, "red"))[0]
    assert (await client.folders.move_files([picture.image_id], folder_id=red.id)).moved == 1
    assert [one.filename async for one in client.files.list_all(folder_id=red.id)] == ["red.jpg"]
    assert [one.name for one in (await client.folders.get_breadcrumbs(red.id)).breadcrumbs] == ["Cars", "Red"]
    assert (await client.folders.rename(red.id, "Crimson")).name == "Crimson"
    assert (await client.folders.move(red.id)).parent_id is None
    contents = await client.folders.get(cars.id)
    assert (contents.folder and contents.folder.name, contents.subfolders) == ("Cars", [])
    assert {one.name for one in (await client.folders.tree()).folders} == {"Cars", "Crimson"}
    assert (await client.folders.delete(red.id)).files_affected == 1
    with pytest.raises(ResourceNotFoundError):
        await client.folders.get(red.id)
    with pytest.raises(ValidationError):
        await client.folders.create("Cars")


async def test_links(product: Product, client: AionVision, website: Website) -> None:
    address = website.put("/ships", page("Tall ships", "", "<p>Ships of the harbour, seen from the pier.</p>"))
    created = await client.links.create(address, tags=["sea"])
    assert (created.url, created.tags, created.crawl_status) == (address, ["sea"], "queued")
    await product.do_jobs()
    link = await client.links.wait_for_crawl(created.id, timeout=5)
    assert (link.is_crawl_complete, link.url) == (True, address)
    assert link.og_metadata is not None
    assert [one.id async for one in client.links.list_all(crawl_status="completed")] == [created.id]
    assert (await client.links.list(crawl_status="failed")).total_count == 0
    assert (await client.links.update(created.id, title="Ships")).title == "Ships"
    assert (await client.links.create(address)).is_duplicate
    assert (await client.links.delete(created.id)).deleted_at is not None
    assert (await client.files.restore(created.id)).id == created.id


async def test_colours(product: Product, client: AionVision) -> None:
    blue, red = await uploaded(product, client, "blue", "red")
    palette = await client.colors.get(blue.image_id)
    assert palette.is_completed
    assert palette.color_analysis is not None
    assert palette.color_analysis.dominant_colors[0].hex == "#0000FE"
    assert [one.image_id async for one in client.colors.search_all(hex_code="#0000FF", page_size=1)] == [blue.image_id]
    assert (await client.colors.search(color_name="red")).results[0].image_id == red.image_id
    assert (await client.colors.extract(red.image_id, force=True, n_colors=3)).is_completed
    assert (await client.colors.batch_extract([red.image_id])).queued_count == 1
    assert {one.family_enum for one in await client.colors.list_families()} == set(ColorFamily)


async def test_the_tenant_and_its_members(product: Product) -> None:
    # no key may do what only an owner may, but the token of a session takes its place
    owner = await product.person(await product.tenant("Acme"), Role.OWNER)
    async with client_of(product, owner.token) as client:
        settings = await client.tenant.get_settings()
        assert (settings.name, settings.subscription_tier) == ("Acme", "enterprise")
        changed = await client.tenant.update_settings(name="Acme & Co", custom_config={"colour": "blue"})
        assert (changed.name, changed.custom_config) == ("Acme & Co", {"colour": "blue"})
        assert (await client.tenant.get_limits()).get_limit("monthly_uploads") == -1
        invited = await client.tenant.invite_member("kim@example.org", role="editor")
        assert invited.role_enum is MemberRole.EDITOR
        assert (await client.tenant.update_member_role(invited.id, "viewer")).role == "viewer"
        assert invited.id in [one.id for one in await client.tenant.list_members()]
        await client.tenant.remove_member(invited.id)
        assert invited.id not in [one.id for one in await client.tenant.list_members()]


async def test_the_audit_log(product: Product, client: AionVision) -> None:
    with pytest.raises(AionvisionPermissionError):
        await client.tenant.invite_member("kim@example.org")
    await client.tenant.update_settings(name="Renamed")
    log = await client.audit.list(limit=1)
    assert (len(log.entries), log.has_more) == (1, True)
    kinds = {entry.event_type async for entry in client.audit.list_all(page_size=1)}
    assert {"tenant.updated", "permission.denied"} <= kinds
    entry = await client.audit.get(log.entries[0].id)
    assert entry == log.entries[0]
    with pytest.raises(ResourceNotFoundError):
        await client.audit.get("0190b5a0-0000-7000-8000-000000000001")


async def test_the_tenants_own_bucket(client: AionVision) -> None:
    assert not (await client.settings.get_custom_s3_status()).configured
    with pytest.raises((ValidationError, ServerError)):
        await client.settings.configure_custom_s3("A" * 16, "s" * 20, "photos", "nowhere")
    assert "message" in await client.settings.remove_custom_s3()


async def test_documents(product: Product, client: AionVision) -> None:
    lease = b"# Lease\n\nThe rent is 900 euros.\n\n## Terms\n\nIt is due on the third day of each month."
    stored = await client.documents.upload(
        [lease, b"plain words"], filenames=["lease.md", "b.txt"], wait_for_processing=False
    )
    await product.do_jobs()
    first = stored[0].document_id
    assert (await client.documents.wait_for_processing(first, timeout=5)).is_completed
    details = await client.documents.get(first)
    assert (details.filename, details.text_extraction_status) == ("lease.md", "completed")
    assert "due on the third day" in await client.documents.get_text(first)
    chunks = await client.documents.get_chunks(first)
    assert chunks.total_chunks == len(chunks.chunks) > 0
    assert chunks.chunks[0].document_id == first
    found = await client.documents.search("when is the rent due", similarity_threshold=0, document_types=["md"])
    assert (found.query, found.results[0].document_id) == ("when is the rent due", first)
    searched = await client.agent_search.documents("rent of 900 euros due on the third day of each month")
    assert first in searched.document_ids
    assert {one.filename async for one in client.documents.list_all(page_size=1)} == {"lease.md", "b.txt"}
    assert (await client.documents.update(first, title="Lease")).title == "Lease"
    assert (await client.documents.download(first)).startswith("http://127.0.0.1/")
    await client.documents.delete(first)
    fates = await client.documents.batch_delete([first, stored[1].document_id])
    assert (len(fates.deleted), len(fates.failed)) == (1, 1)


async def test_agents_that_write_and_sort(product: Product, client: AionVision) -> None:
    texts = [b"Clean the filter every three months.", b"The landlord repairs the roof."]
    stored = await client.documents.upload(texts, filenames=["pump.md", "lease.md"], wait_for_processing=False)
    (red,) = await uploaded(product, client, "red")
    ids, agents = [one.document_id for one in stored], client.agent_operations
    report = await agents.synthesize("Report on the filter", document_ids=ids, auto_save=True)
    assert "“Clean the filter every three months.”" in report.report and report.document_count == 2
    assert [one.full_id for one in parse_references(report.report).documents][:1] == ids[:1]
    assert report.saved_document_id is not None
    await product.do_jobs()
    assert "filter" in await client.documents.get_text(report.saved_document_id)
    analysis = await agents.analyze_documents("Categorize them into filter and roof", ids)
    groups = CategorizationResult.from_api_response(analysis.categorization or {})
    assert {one.name: one.document_ids for one in groups.categories} == {"filter": (ids[0],), "roof": (ids[1],)}
    assert {one.document_id for one in analysis.chunk_references} == {*ids}
    folder = await client.folders.create("Archive")
    done = await agents.organize("by kind", image_ids=[str(red.image_id)], document_ids=ids, parent_folder_id=folder.id)
    assert (done.folders_created, done.files_moved) == (2, 3) and done.undo is not None
    for move in done.undo.moves:
        assert (await client.folders.move_files(move.file_ids, folder_id=move.folder_id)).moved == 3
    for folder_id in done.undo.folder_ids:
        await client.folders.delete(folder_id)
    with pytest.raises(ResourceNotFoundError):
        await agents.analyze_documents("Summarize", [str(red.image_id)])


async def test_usage(product: Product, client: AionVision) -> None:
    await uploaded(product, client, "red")
    assert (await client.usage.check(3)).can_proceed
    summary = await client.usage.summary()
    assert (summary.usage.upload_count, summary.usage.total_credits > 0) == (1, True)
    charges = [one async for one in client.usage.all_details(page_size=1)]
    assert sum(one.credits for one in charges) == summary.usage.total_credits
    assert sum(one.value for one in (await client.usage.by_period("day")).data) == summary.usage.total_credits
    assert (await client.usage.plan()).plan_details.tier == "enterprise"
    assert (await client.usage.breakdown()).total_credits_used == summary.usage.total_credits
    assert (await client.usage.dashboard("week")).total_files_uploaded == 1
    assert (await client.usage.monthly_tokens()).total_tokens == 0
    assert (await client.usage.file_tokens()).files == []
    assert (await client.usage.conversation_tokens()).conversations == []
    assert (await client.usage.top_endpoints()).endpoints == []  # counted every minute, by a job of the clock


async def test_keys(product: Product, tenant: Tenant) -> None:
    owner = await product.person(tenant, Role.OWNER)
    async with client_of(product, owner.token) as client:
        made = await client.api_keys.create("CI", scopes=["read"])
        assert made.api_key not in repr(made)
        async with client_of(product, made.api_key) as reader:
            assert (await reader.files.list()).total_count == 0
            with pytest.raises(AionvisionPermissionError):
                await reader.folders.create("Cars")
        assert (await client.api_keys.update(made.id, name="CD")).name == "CD"
        assert made.id in [one.id for one in (await client.api_keys.list()).api_keys]
        await client.api_keys.delete(made.id, reason="test")
        assert not (await client.api_keys.get(made.id)).is_active


async def test_bytes_go_past_the_api_and_come_to_disk(product: Product, client: AionVision, tmp_path: Path) -> None:
    content = photo("green")
    confirmed = await client.uploads.upload_presigned(content, filename="green.jpg")
    assert confirmed.confirmed
    await product.do_jobs()
    file = (await client.files.list()).files[0]
    assert (await client.files.download_to(file.id, tmp_path / "copy.jpg")).read_bytes() == content
    archive = await client.files.download_archive([file.id], tmp_path / "all.zip")
    with zipfile.ZipFile(archive) as whole:
        assert whole.read("green.jpg") == content


async def test_a_whole_answer_tells_what_is_left(client: AionVision) -> None:
    answer = await client.with_raw_response.folders.create("Cars")
    assert (answer.status_code, answer.parse().name) == (201, "Cars")
    assert int(answer.headers["x-ratelimit-remaining"]) >= 0
    assert answer.request_id


async def test_chat(product: Product, client: AionVision) -> None:
    await uploaded(product, client, "red", "blue")
    async with client.chat_session(title="Colours") as chat:
        answer = await chat.send("Which pictures are red?")
        assert answer.content
        assert answer.session_id == chat.session_id
        tokens = [token async for token in chat.send_stream("And which are blue?")]
        assert (tokens[0].type, tokens[-1].type) == (ChatTokenType.CONNECTION, ChatTokenType.CLOSE)
        whole = next(token for token in tokens if token.type is ChatTokenType.COMPLETE)
        words = "".join(token.content or "" for token in tokens if token.type is ChatTokenType.TOKEN)
        assert words == whole.content
        assert whole.resolved_content
        assert "[[" not in whole.resolved_content
        messages = await chat.get_messages()
        assert [message.role.value for message in messages] == ["user", "assistant", "user", "assistant"]
        assert [one.filename for one in messages[1].references.images] == ["red.jpg"]
        assert messages[1].as_collection().count == 1
        assert b"Colours" in await client.chats.export_session(chat.session_id)
        assert (await client.chats.rename_session(chat.session_id, "Hues"))["title"] == "Hues"
        ids = (await client.chats.get_all_images()).image_ids
        await chat.update_images(ids[:1])
        await chat.update_documents([])
        detail = await client.chats.get_session(chat.session_id, message_limit=1)
        assert (detail.selected_image_ids, len(detail.messages)) == (ids[:1], 1)
        await client.chats.update_mode(chat.session_id, True)
    sessions = [one async for one in client.chats.iter_sessions(page_size=1)]
    assert [(one.title, one.is_active) for one in sessions] == [("Hues", False)]
    assert (await client.chats.search_images("red"))[0].image_id


async def test_pipelines(product: Product, client: AionVision) -> None:
    red, blue = await uploaded(product, client, "red", "blue")
    result = await (
        client.pipeline()
        .with_images([red.image_id, blue.image_id])
        .analyze("What are they?")
        .organize("Move them to “Colours”")
        .synthesize("Report on them", depends_on=[0])
        .run()
    )
    assert (result.success, result.total_waves, result.errors) == (True, 2, [])
    assert [one.status for one in result.steps] == ["completed"] * 3
    assert result.step(0).outputs["image_ids"] == [red.image_id, blue.image_id]
    assert result.step(1).outputs["files_moved"] == 2 and result.final.outputs["report"].startswith("# ")
    assert result.token_usage and result.token_usage["total_tokens"] == 0
    assert [one.name for one in (await client.folders.tree()).folders] == ["Colours"]
    with pytest.raises(ValidationError, match="needs images"):
        await client.pipeline().search_documents("x").analyze("What are they?").run()
    with pytest.raises(ResourceNotFoundError):
        await client.pipeline().with_images(["0" * 32]).analyze("What is it?").run()
