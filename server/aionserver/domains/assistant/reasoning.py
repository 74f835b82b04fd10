"""The assistant with a language model: it calls the tools and writes, and what it writes is held to what was found.

What tools return are words of others: they are marked as data, and tools that change something are neither offered
where the person's own words ask for no change, nor run at all: they become a plan.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Any

import structlog

from aionserver.domains.assistant.embedded import EmbeddedAssistant
from aionserver.domains.assistant.findings import Findings
from aionserver.domains.assistant.prompts import FUNCTION_NOTE, instructions, messages, shown
from aionserver.domains.assistant.schemas import Answer, Event, PlanStep, Proposed, Question, Said, Tokens
from aionserver.domains.assistant.telling import Emit, events_of
from aionserver.domains.assistant.wording import counted, names
from aionserver.domains.assistant.work import Work, ids_of
from aionserver.infra.errors import AionError
from aionserver.infra.tools import Outcome, Tool
from aionserver.kit.citations import complete_part
from aionserver.kit.quoting import plain_quote
from aionserver.kit.spoken.intents import asks_for_change
from aionserver.kit.untrusted import whole_part, without_foreign_addresses
from aionserver.models.language_model import Asked, Finished, Function, LanguageModel, TokenCounts, Words

log = structlog.get_logger(__name__)
MOST_STEPS = 40
NAMES_OF_FILES = ("file", "files")


class LanguageAssistant:
    """`Assistant` by a language model, and by the embedded one where that fails. `most_tokens` bounds one answer."""

    def __init__(self, model: LanguageModel, most_tokens: int | None, timeout_seconds: float) -> None:
        self._model, self._most_tokens, self._timeout_seconds = model, most_tokens, timeout_seconds

    def answer(self, question: Question) -> AsyncGenerator[Event]:
        """Events of the answer, the last of which is the answer or a plan."""
        return events_of(partial(self._answer, question))

    async def _answer(self, question: Question, emit: Emit) -> None:
        work = Work(question, Findings.of(question.history), emit)
        await work.think("understanding", "Asking the language model")
        writing, end = Writing(work), Finished(TokenCounts())
        asked = Asked(
            instructions=instructions(question),
            text=question.text,
            history=messages(question),
            functions=_functions(work),
            most_tokens=self._most_tokens,
            timeout_seconds=self._timeout_seconds,
        )
        try:
            async with aclosing(self._model.answer(asked)) as telling:
                async for told in telling:
                    if isinstance(told, Words):
                        await writing.hear(told.text)
                    else:
                        end = told
        finally:
            spent = question.spent
            spent.tokens, spent.provider, spent.model = (
                Tokens.of(asked.meter.counts),
                self._model.provider,
                self._model.name,
            )
        await self._finish(work, writing, end, emit)

    async def _finish(self, work: Work, writing: "Writing", end: Finished, emit: Emit) -> None:
        steps = [step for one in end.wanted if (step := _step(work, one.name, one.arguments)) is not None]
        if steps:
            lines = [f"{number}. {step.description}" for number, step in enumerate(steps[:MOST_STEPS], 1)]
            tokens = Tokens.of(end.tokens)
            await emit(
                Proposed(tuple(steps[:MOST_STEPS]), "\n".join(lines), tokens, self._model.provider, self._model.name)
            )
            return
        if end.failure is not None and not writing.has_said:
            await self._fall_back(work.question, end, emit)
            return
        if end.failure is not None:
            await writing.hear(f"\n\n(The language model's answer ends here: {end.failure}.)")
        await writing.finish()
        await emit(self._whole(work, writing, end))

    def _whole(self, work: Work, writing: "Writing", end: Finished) -> Answer:
        return Answer(
            content=writing.content,
            resolved=writing.resolved,
            agents=tuple(work.agents),
            results=tuple(work.findings.results),
            tokens=Tokens.of(end.tokens),
            provider=self._model.provider,
            model=self._model.name,
            failure=end.failure,
        )

    async def _fall_back(self, question: Question, end: Finished, emit: Emit) -> None:
        """Answer without the model, and say so first."""
        log.warning("language_model_failed", provider=self._model.provider, model=self._model.name, reason=end.failure)
        note = f"The language model gave no answer: {end.failure}. Without it:\n\n"
        await emit(Said(note))
        async for event in EmbeddedAssistant().answer(question):
            if isinstance(event, Answer):
                whole = replace(event, content=note + event.content, resolved=note + event.resolved)
                await emit(replace(whole, tokens=Tokens.of(end.tokens), failure=end.failure))
            elif isinstance(event, Proposed):
                await emit(replace(event, summary=note + event.summary, tokens=Tokens.of(end.tokens)))
            else:
                await emit(event)


class Writing:
    """What a model writes, as it may leave: only whole citations of what was found, and no addresses but known ones."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._waiting = ""
        self.content, self.resolved = "", ""

    @property
    def has_said(self) -> bool:
        """Whether anything was said that can be seen."""
        return bool((self.content + self._waiting).strip())

    async def hear(self, words: str) -> None:
        """Say as much as can be said already."""
        self._waiting += words
        end = min(complete_part(self._waiting), whole_part(self._waiting))
        # A blank before a citation goes with it when that is taken out.
        ready = self._waiting[:end].rstrip(" ")
        self._waiting = self._waiting[len(ready) :]
        await self._say(ready)

    async def finish(self) -> None:
        """Say the rest."""
        ready, self._waiting = self._waiting, ""
        await self._say(ready)

    async def _say(self, text: str) -> None:
        if not text:
            return
        settled = self._work.findings.settle(without_foreign_addresses(text, _addresses(self._work)))
        for dropped in settled.dropped:
            log.warning("citation_dropped", citation=dropped[:200])
        content, resolved = settled.content, settled.resolved
        if settled.dropped:
            content, resolved = content.rstrip(" "), resolved.rstrip(" ")
        self.content += content
        self.resolved += resolved
        if content:
            await self._work.emit(Said(content))


def _addresses(work: Work) -> set[str]:
    items = [item for one in (*work.findings.results, *work.findings.earlier) for item in one.items]
    return {str(item.details["source_url"]) for item in items if item.details.get("source_url")}


def _functions(work: Work) -> list[Function]:
    """The tools, as the model may use them: those of whoever asks, and changes only where changes are asked for."""
    tools: list[Tool] = [tool for tool in work.errand.infra.tools.values() if work.may(tool.name)]
    changes = asks_for_change(work.question.text)
    return [
        Function(
            tool.name,
            f"{tool.description}\n{FUNCTION_NOTE}"
            if set(NAMES_OF_FILES) & set(tool.schema["properties"])
            else tool.description,
            tool.schema,
            None if tool.changes else partial(_call, work, tool.name),
        )
        for tool in tools
        if changes or not tool.changes
    ]


async def _call(work: Work, name: str, arguments: Mapping[str, Any]) -> str:
    """What a tool found, as the model reads it; what went wrong, where it did."""
    try:
        given = _with_ids(work, arguments)
        outcome: Outcome = await work.use(name, **given)
    except AionError as error:
        log.info("tool_failed", tool=name, code=error.code)
        return f"Error: {error.message}"
    label = str(arguments.get("query") or name)
    return shown(work.keep(label, outcome.items, outcome.total) if outcome.items else None, outcome)


def _with_ids(work: Work, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments, with files named by result set or prefix named by their ids."""
    given = dict(arguments)
    if isinstance(given.get("files"), list):
        given["files"] = [one for text in given["files"] for one in (_ids(work, str(text)) or [str(text)])][:100]
    if isinstance(given.get("file"), str):
        given["file"] = (_ids(work, given["file"]) or [given["file"]])[0]
    return given


def _ids(work: Work, text: str) -> list[str]:
    return ids_of(work.findings.items(text))


def _step(work: Work, name: str, arguments: Mapping[str, Any]) -> PlanStep | None:
    """A step of the plan; None, with a line in the log, for one that can't be."""
    tool: Tool | None = work.errand.infra.tools.get(name)
    if tool is None or not tool.changes:
        return None
    try:
        given = tool.check(_with_ids(work, arguments))
    except AionError as error:
        log.warning("plan_step_dropped", tool=name, reason=error.message)
        return None
    return PlanStep(name, given, _described(work, name, given))


def _described(work: Work, name: str, given: Mapping[str, Any]) -> str:
    """A step in words for whoever has to approve it."""
    ids = given.get("files") or ([given["file"]] if given.get("file") else [])
    items = [item for one in ids for item in work.findings.items(str(one))[:1]]
    rest = {key: value for key, value in given.items() if key not in NAMES_OF_FILES}
    what = ", ".join(f"{key} {plain_quote(str(value), 100)}" for key, value in rest.items())
    files = f": {counted(len(ids), 'file')}" + (f" ({names(items)})" if items else "") if ids else ""
    return f"{name.replace('_', ' ').capitalize()}{files}{f'; {what}' if what else ''}"
