"""What the product is made of: lists, no logic."""

from collections.abc import Sequence
from importlib import import_module

from fastapi import APIRouter

from aionserver.domains.accounts.keyring import Keyring
from aionserver.domains.agents import routes as agents
from aionserver.domains.chat import routes as chat
from aionserver.domains.colors import checks as color_checks
from aionserver.domains.colors import routes as colors
from aionserver.domains.colors.steps import ColorsStep
from aionserver.domains.descriptions import checks as description_checks
from aionserver.domains.descriptions import routes as descriptions
from aionserver.domains.descriptions.steps import AnalysisStep, DescriptionStep
from aionserver.domains.files import checks as file_checks
from aionserver.domains.files import jobs as file_jobs
from aionserver.domains.files import routes as files
from aionserver.domains.files.events import FilesDeleted
from aionserver.domains.files.steps import ProbeStep, VariantsStep
from aionserver.domains.search import checks as search_checks
from aionserver.domains.search import service as search
from aionserver.domains.search.steps import IndexStep
from aionserver.domains.uploads import checks as upload_checks
from aionserver.domains.uploads import jobs as upload_jobs
from aionserver.domains.uploads import routes as uploads
from aionserver.infra.checks import Check
from aionserver.infra.events import Subscriptions
from aionserver.infra.job_worker import Job
from aionserver.infra.web import objects

# Made anew for each process: it remembers keys.
AUTHENTICATE = Keyring

# What is asked for most comes first, for they are tried in turn. No path of one is a path of another with an id in it.
ROUTERS: Sequence[APIRouter] = (
    descriptions.router,
    files.router,
    uploads.router,
    colors.router,
    agents.router,
    chat.router,
    objects.router,
)

JOBS: Sequence[Job] = (*file_jobs.JOBS, *upload_jobs.JOBS)

# What `aionvision verify` looks at, in this order.
CHECKS: Sequence[Check] = (
    *upload_checks.CHECKS,
    *file_checks.CHECKS,
    *description_checks.CHECKS,
    *color_checks.CHECKS,
    *search_checks.CHECKS,
)

# In the order a file goes through them.
STEPS = (ProbeStep(), VariantsStep(), ColorsStep(), AnalysisStep(), DescriptionStep(), IndexStep())

SUBSCRIPTIONS: Subscriptions = {
    FilesDeleted: (search.forget_files,),
}

TABLES = (
    "aionserver.infra.tables",
    "aionserver.domains.accounts.tables",
    "aionserver.domains.usage.tables",
    "aionserver.domains.files.tables",
    "aionserver.domains.folders.tables",
    "aionserver.domains.uploads.tables",
    "aionserver.domains.colors.tables",
    "aionserver.domains.descriptions.tables",
    "aionserver.domains.search.tables",
)


def import_tables() -> None:
    """Make every table known to the metadata."""
    for name in TABLES:
        import_module(name)
