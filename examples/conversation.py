"""Talk with the library: answers word by word, what they refer to, and changes that wait for your yes.

Needs AIONVISION_API_KEY and AIONVISION_BASE_URL (http://127.0.0.1:8000/api/v2), and something in the library.
Usage: python examples/conversation.py [--approve]; without it a plan is cancelled.
"""

import asyncio
import sys

from aion import AionVision, ChatPlan, ChatSessionContext, ChatTokenType


async def ask(chat: ChatSessionContext, question: str) -> ChatPlan | None:
    """Prints an answer as it comes, and what it refers to; the plan, where changes were asked for."""
    print(f"\n> {question}")
    async for token in chat.send_stream(question):
        if token.type is ChatTokenType.TOKEN:
            print(token.content, end="", flush=True)
        elif token.type is ChatTokenType.COMPLETE and token.references:
            print("\n  pictures:", [image.filename for image in token.references.images])
        elif token.plan:
            return token.plan
    return None


async def decide(chat: ChatSessionContext, plan: ChatPlan, *, approve: bool) -> None:
    """Prints a plan and approves or cancels it. A program should let a person look first."""
    print("plan:", plan.summary)
    done = await (chat.approve_plan(plan.plan_id) if approve else chat.cancel_plan(plan.plan_id))
    print(done.status, "|", done.message)


async def main() -> None:
    """Prints a conversation."""
    async with AionVision.from_env() as client, client.chat_session(title="An example") as chat:
        await ask(chat, "Show me pictures of a cat")
        plan = await ask(chat, "Create a folder called Cats of the example")
        if plan:
            await decide(chat, plan, approve="--approve" in sys.argv)
        print("\nsaid so far:", [message.role.value for message in await chat.get_messages()])


asyncio.run(main())
