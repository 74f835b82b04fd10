"""The version of this package, and how it introduces itself to the server."""

__all__ = ["__version__"]

__version__ = "0.4.0"

USER_AGENT = f"aionvision-python/{__version__}"
