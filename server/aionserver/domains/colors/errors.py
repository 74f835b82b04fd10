"""What can be wrong with a picture whose colours are wanted."""

from aionserver.infra.errors import InvalidInput


class UnreadablePicture(InvalidInput):
    """The picture is damaged, or takes more to read than it may."""

    code = "UNREADABLE_PICTURE"
