"""Upload a manual, ask it questions, and read its text page by page.

Needs AIONVISION_API_KEY and AIONVISION_BASE_URL (http://127.0.0.1:8000/api/v2). It removes what it has made.
"""

import asyncio
from pathlib import Path

from aion import AionVision

MANUAL = Path(__file__).parent / "documents" / "nb-200.pdf"
QUESTION = "How often does the oil have to be changed?"


async def show_passages(client: AionVision, document_id: str) -> None:
    """Prints the passages of the document that answer the question, with their pages."""
    found = await client.documents.search(QUESTION, document_ids=[document_id], limit=3)
    for passage in found.results:
        print(f"{passage.score:.2f}  page {passage.page_numbers}  {passage.snippet}")
        print("      words:", passage.matched_words)
    agent = await client.agent_search.documents(QUESTION, document_ids=[document_id], limit=1)
    print(agent.summary)


async def show_text(client: AionVision, document_id: str) -> None:
    """Prints how the text begins, and the pieces by which it is found."""
    text = await client.documents.get_text(document_id)
    chunks = await client.documents.get_chunks(document_id)
    print(repr(text[:80]))
    print(chunks.total_chunks, "passages, the first:", chunks.chunks[0].content[:60])


async def main() -> None:
    """Prints what is known of a document."""
    async with AionVision.from_env() as client:
        document = await client.documents.upload_one(MANUAL, tags=["manual"])
        try:
            details = await client.documents.get(document.document_id)
            print(details.filename, "|", details.page_count, "pages", "|", details.text_extraction_status)
            await show_passages(client, document.document_id)
            await show_text(client, document.document_id)
        finally:
            await client.documents.delete(document.document_id)


asyncio.run(main())
