"""What can go wrong between us, the person and the provider."""

from aionserver.infra.errors import AionError, Conflict, NotAllowed, NotAuthenticated


class IdentityRefused(NotAuthenticated):
    """The provider's answer does not prove who this is."""

    code = "IDENTITY_REFUSED"


class SignInExpired(NotAuthenticated):
    """The sign-in was begun too long ago, was finished before, or was begun in another browser."""

    code = "SIGN_IN_EXPIRED"


class EmailNotVerified(NotAllowed):
    """The provider has not verified the e-mail address."""

    code = "EMAIL_NOT_VERIFIED"


class AccountExists(Conflict):
    """The address has an account with a password, which has to be given once to link the two."""

    code = "ACCOUNT_EXISTS"


class IdentityTaken(Conflict):
    """This identity is linked to another account."""

    code = "IDENTITY_TAKEN"


class OtherIdentity(Conflict):
    """The address has an account that is entered by another identity of the provider's."""

    code = "OTHER_IDENTITY"


class LastSignIn(Conflict):
    """Without a password the account could not be entered any more."""

    code = "LAST_SIGN_IN_METHOD"


class ProviderFailed(AionError):
    """The provider does not answer, or not as OpenID Connect says."""

    status = 502
    code = "PROVIDER_FAILED"
