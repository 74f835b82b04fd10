"""What the product is made of: lists, no logic."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module

from fastapi import APIRouter

from aionserver.domains.accounts.events import AccountDeleted
from aionserver.domains.agent_operations import routes as agent_operations
from aionserver.domains.agent_operations import tools as operation_tools
from aionserver.domains.agents import routes as agents
from aionserver.domains.analytics import routes as analytics
from aionserver.domains.api_keys import routes as api_keys
from aionserver.domains.api_keys.keyring import Keyring
from aionserver.domains.api_keys.service import count_uses
from aionserver.domains.assistant import service as assistant
from aionserver.domains.audit import jobs as audit_jobs
from aionserver.domains.audit import routes as audit_log
from aionserver.domains.audit import service as audit
from aionserver.domains.chat import jobs as chat_jobs
from aionserver.domains.chat import routes as chat
from aionserver.domains.chat import service as chat_sessions
from aionserver.domains.chat.conversations import Conversations
from aionserver.domains.chunks import checks as chunk_checks
from aionserver.domains.chunks import routes as chunks
from aionserver.domains.chunks import service as chunk_index
from aionserver.domains.chunks.steps import ChunkIndexStep, SplitStep
from aionserver.domains.colors import checks as color_checks
from aionserver.domains.colors import jobs as color_jobs
from aionserver.domains.colors import routes as colors
from aionserver.domains.colors import service as color_index
from aionserver.domains.colors.steps import ColorsStep
from aionserver.domains.custom_storage import routes as custom_storage
from aionserver.domains.descriptions import checks as description_checks
from aionserver.domains.descriptions import routes as descriptions
from aionserver.domains.descriptions.steps import AnalysisStep, DescriptionStep
from aionserver.domains.document_uploads import routes as document_uploads
from aionserver.domains.documents import checks as document_checks
from aionserver.domains.documents import routes as documents
from aionserver.domains.documents import tools as document_tools
from aionserver.domains.documents.steps import CoverStep, ReadStep, WordsStep
from aionserver.domains.files import checks as file_checks
from aionserver.domains.files import jobs as file_jobs
from aionserver.domains.files import routes as files
from aionserver.domains.files import tools as file_tools
from aionserver.domains.files.events import FilesDeleted, FilesPurged, FilesRestored
from aionserver.domains.files.steps import ProbeStep, VariantsStep
from aionserver.domains.folders import routes as folders
from aionserver.domains.folders import tools as folder_tools
from aionserver.domains.google_sign_in import routes as google_sign_in
from aionserver.domains.google_sign_in.service import forget_person
from aionserver.domains.links import routes as links
from aionserver.domains.links.steps import CrawlStep, PreviewStep
from aionserver.domains.mail import jobs as mail_jobs
from aionserver.domains.monitoring import routes as monitoring
from aionserver.domains.pipelines import jobs as pipeline_jobs
from aionserver.domains.pipelines import routes as pipelines
from aionserver.domains.provider_keys import routes as provider_keys
from aionserver.domains.search import checks as search_checks
from aionserver.domains.search import routes as search_routes
from aionserver.domains.search import service as search
from aionserver.domains.search import tools as search_tools
from aionserver.domains.search.steps import IndexStep, PageIndexStep
from aionserver.domains.sessions import jobs as session_jobs
from aionserver.domains.sessions import routes as sessions
from aionserver.domains.sessions.ring import SESSION_PREFIX, SessionRing
from aionserver.domains.support import jobs as support_jobs
from aionserver.domains.support import routes as support
from aionserver.domains.tenants import jobs as tenant_jobs
from aionserver.domains.tenants import routes as tenants
from aionserver.domains.uploads import checks as upload_checks
from aionserver.domains.uploads import jobs as upload_jobs
from aionserver.domains.uploads import routes as uploads
from aionserver.domains.uploads import sessions as upload_sessions
from aionserver.domains.usage import checks as usage_checks
from aionserver.domains.usage import jobs as usage_jobs
from aionserver.domains.usage import routes as usage
from aionserver.domains.usage.service import save_request_counts
from aionserver.domains.users import routes as users
from aionserver.infra.auditing import Audited
from aionserver.infra.checks import Check
from aionserver.infra.events import Subscriptions
from aionserver.infra.job_worker import Job
from aionserver.infra.tools import Tool
from aionserver.infra.web import link_pages, objects, signed_puts
from aionserver.infra.web.door import Authenticate

# By what a credential begins with; the last one takes the rest. Made anew for each process: it remembers keys.
AUTHENTICATORS: Mapping[str, Callable[[], Authenticate]] = {SESSION_PREFIX: SessionRing, "": Keyring}

# What becomes of the counts that an API process makes.
SAVE_REQUEST_COUNTS = (save_request_counts, count_uses)

# What is asked for most comes first, for they are tried in turn. No path of one is a path of another with an id in it.
ROUTERS: Sequence[APIRouter] = (
    descriptions.router,
    files.router,
    uploads.router,
    links.router,
    documents.router,
    document_uploads.router,
    chunks.router,
    folders.router,
    colors.router,
    search_routes.router,
    agents.router,
    agent_operations.router,
    pipelines.router,
    chat.router,
    objects.router,
    signed_puts.router,
    custom_storage.router,
    custom_storage.objects,
    provider_keys.router,
    api_keys.router,
    usage.router,
    analytics.router,
    sessions.router,
    link_pages.router,
    users.router,
    tenants.router,
    google_sign_in.router,
    support.router,
    audit_log.router,
    monitoring.router,
)

JOBS: Sequence[Job] = (
    *file_jobs.JOBS,
    *upload_jobs.JOBS,
    *color_jobs.JOBS,
    *mail_jobs.JOBS,
    *session_jobs.JOBS,
    *support_jobs.JOBS,
    *tenant_jobs.JOBS,
    *audit_jobs.JOBS,
    *usage_jobs.JOBS,
    *pipeline_jobs.JOBS,
    *chat_jobs.JOBS,
)

# What `aionvision verify` looks at, in this order.
CHECKS: Sequence[Check] = (
    *upload_checks.CHECKS,
    *file_checks.CHECKS,
    *description_checks.CHECKS,
    *color_checks.CHECKS,
    *search_checks.CHECKS,
    *document_checks.CHECKS,
    *chunk_checks.CHECKS,
    *usage_checks.CHECKS,
)

# What `aionvision usage reconcile` looks at.
USAGE_CHECKS: Sequence[Check] = usage_checks.CHECKS

# In the order a file goes through them.
STEPS = (
    *(ProbeStep(), VariantsStep(), ColorsStep(), AnalysisStep(), DescriptionStep(), IndexStep()),
    *(CrawlStep(), PreviewStep(), PageIndexStep()),
    *(CoverStep(), ReadStep(), WordsStep(), SplitStep(), ChunkIndexStep()),
)

# What assistants can do.
TOOLS: Sequence[Tool] = (
    *search_tools.TOOLS,
    *file_tools.TOOLS,
    *document_tools.TOOLS,
    *folder_tools.TOOLS,
    *operation_tools.TOOLS,
)

# Made anew for each process: it knows the answers that are being made.
CONVERSATIONS = partial(Conversations, assistant=assistant.answer)

SUBSCRIPTIONS: Subscriptions = {
    Audited: (audit.record,),
    AccountDeleted: (forget_person, chat_sessions.forget_person),
    FilesDeleted: (search.forget_files, color_index.forget_files, chunk_index.forget_files),
    FilesRestored: (color_index.restore_files,),
    FilesPurged: (upload_sessions.forget_purged,),
}

TABLES = (
    "aionserver.infra.tables",
    "aionserver.domains.mail.tables",
    "aionserver.domains.accounts.tables",
    "aionserver.domains.api_keys.tables",
    "aionserver.domains.sessions.tables",
    "aionserver.domains.google_sign_in.tables",
    "aionserver.domains.support.tables",
    "aionserver.domains.audit.tables",
    "aionserver.domains.usage.tables",
    "aionserver.domains.custom_storage.tables",
    "aionserver.domains.provider_keys.tables",
    "aionserver.domains.files.tables",
    "aionserver.domains.folders.tables",
    "aionserver.domains.links.tables",
    "aionserver.domains.documents.tables",
    "aionserver.domains.chunks.tables",
    "aionserver.domains.uploads.tables",
    "aionserver.domains.colors.tables",
    "aionserver.domains.descriptions.tables",
    "aionserver.domains.search.tables",
    "aionserver.domains.pipelines.tables",
    "aionserver.domains.chat.tables",
)


def import_tables() -> None:
    """Make every table known to the metadata."""
    for name in TABLES:
        import_module(name)
