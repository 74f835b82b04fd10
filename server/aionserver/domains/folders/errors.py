"""What can be wrong with a folder that is named, and with where it is to lie."""

from aionserver.infra.errors import Conflict, InvalidInput, NotFound


class FolderNotFound(NotFound):
    """No such folder in this tenant."""

    code = "FOLDER_NOT_FOUND"


class FolderNameTaken(Conflict):
    """Another folder at the same place has this name, in whatever case."""

    code = "FOLDER_NAME_TAKEN"


class FolderTooDeep(InvalidInput):
    """There would be folders below the tenth level."""

    code = "FOLDER_TOO_DEEP"


class FolderInsideItself(InvalidInput):
    """A folder was to be moved into itself, or into a folder that lies in it."""

    code = "FOLDER_INSIDE_ITSELF"
