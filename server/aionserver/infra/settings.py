"""Every setting of the server: environment `AIONVISION_*`, with its default and meaning."""

import os
import secrets
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AliasChoices, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Tier = Literal["free", "starter", "professional", "enterprise"]
MIB = 1024 * 1024


class Settings(BaseSettings):
    """What an operator may decide. Read once at start."""

    model_config = SettingsConfigDict(env_prefix="AIONVISION_", extra="ignore", populate_by_name=True)

    data_dir: Path = Field(Path("data"), description="Folder of the database, objects and secrets.")
    host: str = Field("127.0.0.1", description="Address the API listens on.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(
        8000, description="Port the API listens on; 0 takes a free one."
    )
    public_url: str | None = Field(
        None,
        description="Address users reach the server by, such as https://vision.example.org. "
        "Without it, signed URLs use the request's own.",
    )
    workers: Annotated[int, Field(ge=0, le=256)] | None = Field(
        None, description="Worker processes of `aionvision serve`. Default: half of the cores, at least 1."
    )
    api_processes: Annotated[int, Field(ge=1, le=256)] = Field(
        1, description="API processes of `aionvision serve`, sharing one port."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe log line written."
    )
    log_format: Literal["text", "json"] = Field("text", description="`text` for people, `json` for programs.")

    database_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("AIONVISION_DATABASE_URL", "DATABASE_URL"),
        description="PostgreSQL (with pgvector) to use instead of the embedded one. `DATABASE_URL` is read too.",
    )
    owner_database_url: SecretStr | None = Field(
        None,
        description="The same database by a role that may create tables; used by migrations only. "
        "Default: the database URL.",
    )
    database_pool_size: Annotated[int, Field(ge=1, le=500)] = Field(
        10, description="Database connections an API or worker process may open."
    )
    storage_url: str | None = Field(
        None,
        description="Object store: `file:///path`, `s3://bucket/prefix`, `gs://…`, `az://…`. Keys and place of a "
        "bucket are read from the provider's own variables: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, "
        "`AWS_REGION`; for another S3-compatible server also `AWS_ENDPOINT_URL`, and `AWS_ALLOW_HTTP=true` "
        "where that is `http://`. "
        "Default: the folder `objects` in the data folder.",
    )
    secret_key: SecretStr | None = Field(
        None,
        description="At least 32 characters; signs URLs and seals stored secrets. "
        "Default: made at first start, kept in `secret.key` in the data folder.",
    )

    max_upload_bytes: Annotated[int, Field(ge=1024)] = Field(100 * MIB, description="Largest file an upload may have.")
    max_image_pixels: Annotated[int, Field(ge=10_000)] = Field(
        100_000_000, description="Largest picture (width times height) that is decoded."
    )
    image_timeout_seconds: Annotated[float, Field(gt=0)] = Field(
        30.0, description="Longest time a picture may take to decode."
    )
    parser_memory_bytes: Annotated[int, Field(ge=256 * MIB)] = Field(
        1024 * MIB, description="Memory a child process that reads files may use."
    )
    signed_url_seconds: Annotated[int, Field(ge=60, le=604_800)] = Field(
        3600, description="How long a signed download URL is valid."
    )
    deleted_retention_days: Annotated[int, Field(ge=0)] = Field(
        30, description="Days a deleted file can be restored before it is purged."
    )

    default_tier: Tier = Field(
        "enterprise", description="Plan of a new tenant: decides batch sizes and monthly limits."
    )
    rate_limit_per_minute: Annotated[int, Field(ge=0)] = Field(
        600_000,
        description="Requests an API key may make a minute; 0: the figure of the tenant's plan (10, 30, 100, 500).",
    )
    max_concurrent_uploads: Annotated[int, Field(ge=1)] = Field(
        64, description="Upload requests one API process takes at a time; more are answered 429."
    )

    least_free_disk_bytes: Annotated[int, Field(ge=0)] = Field(
        1024 * MIB,
        description="Uploads are answered 507 while finishing what waits would leave less of the disk free; "
        "workers rest below a quarter of it, which is the database's own.",
    )
    least_free_memory_bytes: Annotated[int, Field(ge=0)] = Field(
        128 * MIB, description="Uploads are answered 429 while less memory can be taken. Linux only."
    )
    deepest_queue: Annotated[int, Field(ge=1, le=10_000_000)] = Field(
        100_000, description="Uploads are answered 429 while so many files wait to be processed."
    )

    worker_concurrency: Annotated[int, Field(ge=1, le=64)] = Field(
        2, description="Files a worker process has in hand at once."
    )
    model_threads: Annotated[int, Field(ge=1)] | None = Field(
        None,
        description="Threads of the neural networks in a worker. Default: all cores but one, shared among the workers.",
    )
    models: Literal["bundled", "deterministic"] = Field(
        "bundled",
        description="`deterministic` replaces the neural networks by instant stand-ins: for tests of programs.",
    )
    job_attempts: Annotated[int, Field(ge=1, le=100)] = Field(
        8, description="How often a job is tried before its file is marked failed."
    )
    heartbeat_seconds: Annotated[float, Field(gt=0)] = Field(
        3.0, description="How often a worker shows that it is alive."
    )
    stalled_seconds: Annotated[float, Field(gt=0)] = Field(
        12.0, description="Silence after which a worker counts as dead and its jobs are taken over."
    )

    vision_model: str | None = Field(
        None,
        description="Name of a vision-language model that writes descriptions, tags and visible text; "
        "needs `AIONVISION_VISION_URL`.",
    )
    vision_url: str | None = Field(
        None, description="OpenAI-compatible endpoint of the vision model, such as http://127.0.0.1:11434/v1."
    )
    vision_api_key: SecretStr | None = Field(None, description="Key of the vision endpoint, when it wants one.")
    vision_timeout_seconds: Annotated[float, Field(gt=0)] = Field(
        60.0, description="Longest time one description by the vision model may take."
    )
    vision_max_tokens: Annotated[int, Field(ge=64)] = Field(
        800, description="Most tokens the vision model may write for a picture."
    )

    vision_input_price_usd: Annotated[float, Field(ge=0)] = Field(
        0.0, description="Price of a million tokens the vision model reads, in US dollars; 0 when it costs nothing."
    )
    vision_output_price_usd: Annotated[float, Field(ge=0)] = Field(
        0.0, description="Price of a million tokens the vision model writes, in US dollars."
    )
    vision_max_cost_usd: Annotated[float, Field(gt=0)] = Field(
        0.05, description="Most that one description may cost; a dearer one is written by the bundled model."
    )

    @model_validator(mode="after")
    def _vision_is_whole(self) -> Self:
        if self.vision_model is not None and not str(self.vision_url or "").startswith(("http://", "https://")):
            raise ValueError("AIONVISION_VISION_MODEL needs AIONVISION_VISION_URL, an http(s) address")
        return self

    @property
    def root(self) -> Path:
        """The data folder as an absolute path."""
        return self.data_dir.expanduser().resolve()

    @property
    def worker_count(self) -> int:
        """Worker processes of `aionvision serve`."""
        return self.workers if self.workers is not None else max(1, (os.cpu_count() or 1) // 2)

    @property
    def threads(self) -> int:
        """Threads of the neural networks in one worker process."""
        return self.model_threads or max(1, ((os.cpu_count() or 1) - 1) // max(1, self.worker_count))

    def read_secret(self) -> bytes:
        """The signing secret; made and kept (mode 0600) when neither setting nor file has one."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value().encode()
        path = self.root / "secret.key"
        if not path.exists():
            self.root.mkdir(parents=True, exist_ok=True)
            write_private(path, secrets.token_urlsafe(48))
        return path.read_bytes().strip()


def read_settings() -> Settings:
    """The settings of the environment."""
    return Settings()  # pyright: ignore[reportCallIssue]  (every field has a default)


def settings_problem(error: ValidationError) -> str:
    """What is wrong with the settings, a sentence each; values are left out, for they may be secret."""
    return " ".join(
        f"AIONVISION_{str(one['loc'][0]).upper()}: {one['msg']}."
        if one["loc"]
        else f"{one['msg'].removeprefix('Value error, ')}."
        for one in error.errors()
    )


def write_private(path: Path, text: str) -> None:
    """Write `text` to a new file that only its owner may read, whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
