"""What goes wrong with keys of tenants' own."""

from aionserver.infra.errors import InvalidInput, NotConfigured


class OwnModelsNotConfigured(NotConfigured):
    """This server lets no tenant use language models with a key of its own."""


class ProviderNotAllowed(InvalidInput):
    """This server lets no tenant use this provider, or this model of it, with a key of its own."""

    code = "PROVIDER_NOT_ALLOWED"


class ProviderKeyNotUsable(InvalidInput):
    """The provider gave no answer to the key: the message says why."""

    code = "PROVIDER_KEY_NOT_USABLE"
