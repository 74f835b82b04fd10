"""The Aionvision server."""

import os

# The matrices here are small: threads of OpenBLAS would cost more than they bring, and take turns from other work.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"
