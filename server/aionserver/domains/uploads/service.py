"""What nouns above use of uploads: presigned ways in, and how far batches are."""

from aionserver.domains.uploads.accepting import check_quota
from aionserver.domains.uploads.arrivals import Claim
from aionserver.domains.uploads.batches import (
    DOCUMENTS,
    confirm_batch,
    key_of_files,
    prepare_batch,
    prepared,
    require_batch,
    shared_fields,
)
from aionserver.domains.uploads.confirming import confirm, reader_of, require_pending
from aionserver.domains.uploads.intake import Delivery
from aionserver.domains.uploads.kinds import content_types, most_bytes_of, require_kind
from aionserver.domains.uploads.presigned import Stores, Wanted, stores_for
from aionserver.domains.uploads.presigned_schemas import (
    BatchPresignedUrl,
    BatchUploadConfirmRequest,
    BatchUploadConfirmResponse,
    PresignedUploadResponse,
    UploadPlan,
)
from aionserver.domains.uploads.progress import load, tally_of
from aionserver.domains.uploads.singles import offered
from aionserver.domains.uploads.writing import enter_file, write_file

__all__ = [
    "DOCUMENTS",
    "BatchPresignedUrl",
    "BatchUploadConfirmRequest",
    "BatchUploadConfirmResponse",
    "Claim",
    "Delivery",
    "PresignedUploadResponse",
    "Stores",
    "UploadPlan",
    "Wanted",
    "check_quota",
    "confirm",
    "confirm_batch",
    "content_types",
    "enter_file",
    "key_of_files",
    "load",
    "most_bytes_of",
    "offered",
    "prepare_batch",
    "prepared",
    "reader_of",
    "require_batch",
    "require_kind",
    "require_pending",
    "shared_fields",
    "stores_for",
    "tally_of",
    "write_file",
]
