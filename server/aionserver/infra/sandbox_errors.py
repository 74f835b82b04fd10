"""Why a sandboxed function gave no result.

AionError
├── SandboxError            final: the same bytes would do the same again
│   ├── SandboxTimeout      timeout
│   ├── SandboxCrashed      corrupt_file
│   └── SandboxOutOfMemory  too_large
└── Unavailable
    └── SandboxUnavailable  sandbox_unavailable, retryable: the fault is ours
"""

from aionserver.infra.errors import AionError, Unavailable


class SandboxError(AionError):
    """The file could not be read."""

    status = 422
    code = "sandbox_error"


class SandboxTimeout(SandboxError):
    """Reading the file took too long."""

    code = "timeout"

    @classmethod
    def after(cls, seconds: float) -> "SandboxTimeout":
        return cls(f"Reading the file took longer than the {seconds:g} seconds it may take.")


class SandboxCrashed(SandboxError):
    """The file made its reader fail."""

    code = "corrupt_file"

    @classmethod
    def because(cls, reason: str) -> "SandboxCrashed":
        """The error with its technical reason as a note, which users do not see."""
        error = cls("The file made its reader fail; it is most likely damaged.")
        error.add_note(reason)
        return error


class SandboxOutOfMemory(SandboxError):
    """Reading the file needs more memory than it may take."""

    code = "too_large"

    @classmethod
    def beyond(cls, memory_bytes: int) -> "SandboxOutOfMemory":
        return cls(f"Reading the file needs more than the {memory_bytes >> 20} MiB of memory it may take.")


class SandboxUnavailable(Unavailable):
    """The reader of files could not be started; it is tried again."""

    code = "sandbox_unavailable"
