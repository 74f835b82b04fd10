"""A direction of each tenant's own, which keeps tenants apart in an index over the vectors of all of them.

Appended to every vector and to the query, it adds the same similarity to all of the tenant's vectors and none, on
average, to others': the order within a tenant stays, and the tenant's lie together in the index's graph. Without it a
search has to pass by the vectors of everybody else, which takes the longer the smaller the tenant's share is.
"""

from hashlib import sha256
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

CODE_DIMENSIONS = 32
# With 1.0 tenants are so far apart that the graph's ways between them are lost; with 0.5 they mix.
CODE_LENGTH = 0.7


def tenant_code(tenant_id: UUID) -> NDArray[np.float32]:
    """32 numbers of one size whose signs are bits of a hash; the database's function `tenant_code` gives the same."""
    bits = np.unpackbits(np.frombuffer(sha256(tenant_id.bytes).digest(), np.uint8), bitorder="little")
    return np.where(bits[:CODE_DIMENSIONS] > 0, 1, -1).astype(np.float32) * (CODE_LENGTH / CODE_DIMENSIONS**0.5)
