"""Every setting of the server: environment `AIONVISION_*`, with its default and meaning."""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from aionserver.kit.addresses import EmailAddress, parse_sender
from aionserver.kit.smtp_urls import parse_smtp_url

Tier = Literal["free", "starter", "professional", "enterprise"]
MIB = 1024 * 1024
Priced = Literal[
    "image_quick",
    "image_standard",
    "image_thorough",
    "image_critical",
    "document",
    "video",
    "chat_message",
    "agent_call",
    "upload",
]
PRICES: Mapping[Priced, int] = {
    "image_quick": 1,
    "image_standard": 2,
    "image_thorough": 4,
    "image_critical": 8,
    "document": 1,
    "video": 1,
    "chat_message": 1,
    "agent_call": 1,
    "upload": 0,
}
Price = Annotated[int, Field(ge=0, le=1_000_000)]


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
    allow_private_endpoints: bool = Field(
        False,
        description="Let tenants name S3-compatible servers in private networks, and `http://` ones, for their own "
        "buckets. Leave it off where tenants are not to reach what this server can reach.",
    )
    web_ports: Annotated[tuple[int, ...], NoDecode] = Field(
        (80, 443), description="Ports that pages of the web are fetched from, such as `80,443,8080`."
    )
    web_private_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Hosts in private networks that bookmarked pages may be fetched from all the same, by name or "
        "address and with the port where it is another: `wiki.example.org,10.0.0.7:8080`.",
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
    max_document_bytes: Annotated[int, Field(ge=1024)] = Field(50 * MIB, description="Largest document that is taken.")
    max_document_pages: Annotated[int, Field(ge=1, le=100_000)] = Field(
        5_000, description="Most pages a document may have."
    )
    document_timeout_seconds: Annotated[float, Field(gt=0)] = Field(
        30.0, description="Longest time that some pages of a document, a few at a time, may take to read."
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
    audit_retention_days: Annotated[int, Field(ge=0, le=36_500)] = Field(
        365, description="Days that entries of the audit log are kept, 30 or more; 0: for ever."
    )

    open_registration: bool = Field(
        True, description="Let anybody who reaches the server register; otherwise people come by invitation only."
    )
    require_verified_email: bool | None = Field(
        None,
        description="Let people log in only when they have opened the link sent to their address. Where it is off, "
        "registering tells whether an address has an account. Default: on where there is a mail server.",
    )
    default_tier: Tier = Field(
        "enterprise", description="Plan of a new tenant: decides batch sizes and monthly limits."
    )
    prices: Annotated[dict[Priced, Price], NoDecode] = Field(
        dict(PRICES),
        description="Credits that work costs, as JSON; what is left out keeps its price. A description of an image "
        "by its level; a document for each 10 pages begun, a video for each minute begun.",
    )
    rate_limit_per_minute: Annotated[int, Field(ge=0, le=1_000_000_000)] = Field(
        600_000,
        description="Requests an API key may make a minute; 0: the figure of the tenant's plan (10, 30, 100, 500).",
    )
    max_concurrent_uploads: Annotated[int, Field(ge=1)] = Field(
        64, description="Upload requests one API process takes at a time; more are answered 429."
    )

    max_concurrent_streams: Annotated[int, Field(ge=1)] = Field(
        256, description="Chat answers one API process makes at a time; more are answered 429."
    )
    chat_timeout_seconds: Annotated[float, Field(gt=0)] = Field(
        180.0, description="Longest time a chat answer may take."
    )
    chat_resume_seconds: Annotated[float, Field(ge=0)] = Field(
        15.0,
        description="So long a chat answer is still made whose client is gone, for it may come back with "
        "`Last-Event-ID`; then it is cancelled, and costs nothing.",
    )
    pipeline_timeout_seconds: Annotated[float, Field(gt=0)] = Field(
        120.0, description="Longest time a pipeline of agents may take; steps that are not over by then have failed."
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

    document_turn_seconds: Annotated[float, Field(ge=0)] = Field(
        20.0, description="After so long a document in hand makes way for others that wait, and goes on behind them."
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

    google_client_id: str | None = Field(
        None, description="Client id of sign-in with Google; without it that answers 501."
    )
    google_client_secret: SecretStr | None = Field(None, description="Secret of that client.")
    google_issuer: str = Field(
        "https://accounts.google.com",
        description="Issuer of the identities: another OpenID Connect provider in Google's place.",
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

    rerank_url: str | None = Field(
        None,
        description="Server that judges passages of documents beside the query, once they are found: an address that "
        "speaks `POST /rerank` as Cohere, Jina, vLLM and infinity do, such as http://127.0.0.1:7997/v1. Without it, "
        "they stay in the order in which they were found.",
    )
    rerank_model: str | None = Field(
        None, description="Name of the model that judges passages, as its server knows it; needed with an address."
    )
    rerank_api_key: SecretStr | None = Field(None, description="Key of the re-ranking server, when it wants one.")
    rerank_timeout_seconds: Annotated[float, Field(gt=0)] = Field(
        5.0, description="Longest time a search waits for the re-ranking server before it does without."
    )
    language_model: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Language models of the assistant, the preferred one first, each as `provider:name`: "
        "`openai:gpt-5-mini`, `anthropic:claude-sonnet-4-5`, `google:gemini-2.5-flash`, or `local:/path/model.gguf` "
        "(of one that `aionvision models pull` fetched, its name). A tenant uses the first whose provider its settings "
        "allow. Without it, the embedded assistant answers.",
    )
    language_model_url: str | None = Field(
        None,
        description="OpenAI-compatible endpoint of the `openai:` models in OpenAI's own place, such as "
        "http://127.0.0.1:11434/v1 of Ollama; vLLM, LM Studio and llama.cpp have one too.",
    )
    openai_api_key: SecretStr | None = Field(None, description="Key of that endpoint, or of OpenAI.")
    anthropic_api_key: SecretStr | None = Field(None, description="Key of Anthropic, for `anthropic:` models.")
    anthropic_url: str | None = Field(None, description="Address of Anthropic's API in another place, as a gateway.")
    google_api_key: SecretStr | None = Field(None, description="Key of Google's Gemini API, for `google:` models.")
    google_url: str | None = Field(None, description="Address of the Gemini API in another place, as a gateway.")
    tenant_language_models: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Language models that tenants may use with keys of their own, each as `provider:name` of openai, "
        "anthropic or google. Where a tenant has set a key, the assistant uses that instead of "
        "`AIONVISION_LANGUAGE_MODEL`. Without it, tenants can set none.",
    )
    tenant_openai_url: str | None = Field(
        None,
        description="OpenAI-compatible endpoint that tenants' own keys of `openai` are for, such as a gateway; without "
        "it, OpenAI's own. Their keys of anthropic and google go where the operator's go.",
    )
    language_model_timeout_seconds: Annotated[float, Field(gt=0)] = Field(
        60.0, description="Longest time a language model may be silent; an answer may take twice as long in all."
    )
    language_model_max_tokens: Annotated[int, Field(ge=64)] = Field(
        1_500, description="Most tokens a language model may write at a time."
    )
    language_model_answer_tokens: Annotated[int, Field(ge=1_000)] = Field(
        60_000, description="Most tokens a language model may read and write for one answer."
    )
    language_model_context_tokens: Annotated[int, Field(ge=1_024)] = Field(
        8_192, description="Tokens that a `local:` model has in mind at once; more take more memory."
    )
    language_model_session_tokens: Annotated[int, Field(ge=0)] = Field(
        0,
        description="Most tokens of language models a conversation may use, after which the embedded assistant answers "
        "in it; 0: no limit but that of all its words, 100,000.",
    )
    language_model_session_usd: Annotated[float, Field(ge=0)] = Field(
        0.0, description="Most that language models may cost a conversation, by the two prices; 0: no limit."
    )
    language_model_monthly_tokens: Annotated[int, Field(ge=0)] = Field(
        0,
        description="Most tokens of language models a tenant may use a month (of UTC), after which the embedded "
        "assistant answers; 0: no limit.",
    )
    language_model_monthly_usd: Annotated[float, Field(ge=0)] = Field(
        0.0, description="Most that language models may cost a tenant a month, by the two prices; 0: no limit."
    )
    language_model_input_price_usd: Annotated[float, Field(ge=0)] = Field(
        0.0, description="Price of a million tokens a language model reads, in US dollars."
    )
    language_model_output_price_usd: Annotated[float, Field(ge=0)] = Field(
        0.0, description="Price of a million tokens a language model writes, in US dollars."
    )

    smtp_url: SecretStr | None = Field(
        None,
        description="Mail server that sends the product's e-mail: `smtp+starttls://user:password@host:587`, "
        "`smtps://user:password@host` (encrypted from the start), or `smtp://host` for a relay of your own; write "
        "`@`, `/`, `#` and `?` of a password as `%40`, `%2F`, `%23` and `%3F`. A password goes to another machine "
        "only encrypted. Without this setting, letters and their links are in the server's log and in "
        "`aionvision mails`.",
    )
    mail_from: str | None = Field(
        None, description="Who e-mail is from: `no-reply@example.org` or `Name <address>`. Needed to send any."
    )
    support_email: EmailAddress | None = Field(
        None,
        description="Where messages to support are sent. Without it, or without a mail server, they are only kept, for "
        "`aionvision support`.",
    )

    metrics_token: SecretStr | None = Field(
        None,
        description="What a Prometheus server sends to read `/metrics`, as `Authorization: Bearer …`. "
        "Without it, `/metrics` answers this machine only.",
    )
    otlp_endpoint: str | None = Field(
        None,
        description="OTLP/HTTP collector that OpenTelemetry traces of requests and jobs are sent to, such as "
        "http://127.0.0.1:4318. Without it, nothing is traced.",
    )
    telemetry_service_name: Annotated[str, Field(min_length=1, max_length=255)] = Field(
        "aionvision", description="Name under which traces of this server are shown."
    )
    trace_sample_ratio: Annotated[float, Field(ge=0, le=1)] = Field(
        1.0, description="Share of the requests that are traced, where the caller has not decided it."
    )

    @field_validator("prices", mode="before")
    @classmethod
    def _prices_are_json(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except (ValueError, RecursionError) as error:
            raise ValueError('must be JSON such as {"image_standard": 3}') from error

    @field_validator("language_model", "tenant_language_models", mode="before")
    @classmethod
    def _models_are_listed(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    @model_validator(mode="after")
    def _language_models_are_whole(self) -> Self:
        keys = {"openai": self.openai_api_key or self.language_model_url, "local": True}
        keys |= {"anthropic": self.anthropic_api_key, "google": self.google_api_key}
        for one in self.language_model:
            provider, _, name = one.partition(":")
            if provider not in keys or not name:
                raise ValueError(
                    "AIONVISION_LANGUAGE_MODEL must be provider:name, of openai, anthropic, google or local"
                )
            if not keys[provider]:
                needed = f"AIONVISION_{provider.upper()}_API_KEY"
                raise ValueError(f"AIONVISION_LANGUAGE_MODEL {one} needs {needed}")
        return self

    @field_validator("tenant_language_models")
    @classmethod
    def _are_of_providers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            provider, _, name = one.partition(":")
            if provider not in ("openai", "anthropic", "google") or not 0 < len(name) <= 200:
                raise ValueError("must be provider:name, of openai, anthropic or google")
        return tuple(dict.fromkeys(value))

    @field_validator("web_ports", "web_private_hosts", mode="before")
    @classmethod
    def _are_listed(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(part.strip().lower() for part in value.split(",") if part.strip())

    @field_validator("web_ports")
    @classmethod
    def _are_ports(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if not all(0 < port <= 65_535 for port in value):
            raise ValueError("must be ports: numbers from 1 to 65535")
        return value

    @field_validator("prices")
    @classmethod
    def _every_price_is_set(cls, value: dict[Priced, int]) -> dict[Priced, int]:
        return {**PRICES, **value}

    @model_validator(mode="after")
    def _vision_is_whole(self) -> Self:
        if self.vision_model is not None and not str(self.vision_url or "").startswith(("http://", "https://")):
            raise ValueError("AIONVISION_VISION_MODEL needs AIONVISION_VISION_URL, an http(s) address")
        return self

    @model_validator(mode="after")
    def _reranking_is_whole(self) -> Self:
        if self.rerank_url is None:
            return self
        if not self.rerank_url.startswith(("http://", "https://")):
            raise ValueError("AIONVISION_RERANK_URL must be an http(s) address")
        if not self.rerank_model:
            raise ValueError("AIONVISION_RERANK_URL needs AIONVISION_RERANK_MODEL, the name of the model that judges")
        return self

    @field_validator("audit_retention_days")
    @classmethod
    def _audit_log_is_kept(cls, value: int) -> int:
        if 0 < value < 30:
            raise ValueError("must be 0, or 30 or more")
        return value

    @field_validator("otlp_endpoint", "language_model_url", "anthropic_url", "google_url", "tenant_openai_url")
    @classmethod
    def _is_url(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must be an http(s) address")
        return value

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Self:
        if self.smtp_url is not None and self.mail_from is None:
            raise ValueError("AIONVISION_SMTP_URL needs AIONVISION_MAIL_FROM, the address that e-mail is from")
        return self

    @field_validator("smtp_url")
    @classmethod
    def _smtp_url_is_one(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parse_smtp_url(value.get_secret_value())
        return value

    @field_validator("mail_from")
    @classmethod
    def _mail_from_is_sender(cls, value: str | None) -> str | None:
        if value is not None:
            parse_sender(value)
        return value

    @property
    def models_folder(self) -> Path:
        """Where the files of local models are that `aionvision models pull` fetched."""
        return self.root / "models"

    @property
    def root(self) -> Path:
        """The data folder as an absolute path."""
        return self.data_dir.expanduser().resolve()

    @property
    def verifies_emails(self) -> bool:
        """Whether only those may log in whose e-mail address is known to be theirs."""
        return self.smtp_url is not None if self.require_verified_email is None else self.require_verified_email

    @property
    def own_url(self) -> str:
        """Address users reach the server by, as far as the settings tell; never what a request says."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = "localhost" if self.host in ("0.0.0.0", "::", "") else self.host  # noqa: S104 - compared, not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

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
