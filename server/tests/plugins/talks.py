"""Conversations with the embedded assistant, without a chat's session around them."""

from collections.abc import Sequence

from aionserver.domains.assistant import service
from aionserver.domains.assistant.schemas import Answer, Question, Turn
from aionserver.infra.tools import Errand
from plugins.product import Product, Tenant


async def ask(product: Product, tenant: Tenant, words: str, history: Sequence[Turn] = ()) -> Answer:
    """The answer, after what was said before."""
    errand = Errand(tenant.actor, product.infra)
    told = [one async for one in service.answer(Question(words, errand, list(history)))]
    assert isinstance(told[-1], Answer)
    return told[-1]


class Talk:
    """A conversation of several turns."""

    def __init__(self, product: Product, tenant: Tenant) -> None:
        self.product, self.tenant, self.turns = product, tenant, list[Turn]()

    async def ask(self, words: str) -> str:
        answer = await ask(self.product, self.tenant, words, self.turns)
        self.turns += [Turn("user", words), Turn("assistant", answer.content, answer.results)]
        return answer.resolved
