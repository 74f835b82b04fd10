"""What can't be done to a tenant's members."""

from aionserver.infra.errors import Conflict


class AlreadyMember(Conflict):
    """Who is invited works in the tenant already; the role is changed where the member is."""

    code = "ALREADY_MEMBER"


class AddressNotConfirmed(Conflict):
    """Who is invited has an account, and has not shown that its address is theirs."""

    code = "ADDRESS_NOT_CONFIRMED"


class OwnerStays(Conflict):
    """The owner keeps the role, and stays in the tenant."""

    code = "OWNER_STAYS"
