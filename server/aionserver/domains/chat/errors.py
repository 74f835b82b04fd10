"""What can be wrong with a conversation, and with what is asked in it."""

from aionserver.infra.errors import BadRequest, Conflict, NotAllowed, NotFound, RateLimited, Unavailable


class ChatSessionNotFound(NotFound):
    """No such conversation in this tenant."""

    code = "CHAT_SESSION_NOT_FOUND"


class ChatSessionNotYours(NotAllowed):
    """The conversation is another person's."""

    code = "CHAT_SESSION_NOT_YOURS"


class ChatSessionClosed(Conflict):
    """The conversation was closed: it can be read, and nothing more can be said in it."""

    code = "CHAT_SESSION_CLOSED"


class ChatSessionBusy(Conflict):
    """The message before this one is still being answered."""

    code = "CHAT_SESSION_BUSY"


class TooManySelected(BadRequest):
    """More files were selected than a conversation can be about."""

    code = "TOO_MANY_SELECTED"


class NothingToResume(Conflict):
    """`Last-Event-ID` came with a message that is not the last one of the conversation, or is too old."""

    code = "NOTHING_TO_RESUME"


class TooManyStreams(RateLimited):
    """More answers at once than this process makes."""

    code = "CONCURRENT_STREAM_LIMIT"


class AnswerInterrupted(Unavailable):
    """The server stopped before the answer was whole; the message can be sent again."""

    code = "ANSWER_INTERRUPTED"


class AnswerTookTooLong(Unavailable):
    """The answer was not whole within the time that is set for it."""

    code = "ANSWER_TIMEOUT"


class AnswerTooLong(Unavailable):
    """The assistant did not come to an end."""

    code = "ANSWER_TOO_LONG"


class AnswerFailed(Unavailable):
    """The assistant failed in a way that was not foreseen; the server's log has more."""

    code = "ANSWER_FAILED"


class PlanNotFound(NotFound):
    """No such plan in this conversation."""

    code = "PLAN_NOT_FOUND"


class PlanDecided(Conflict):
    """The plan was approved or cancelled already; this happens once."""

    code = "PLAN_DECIDED"
