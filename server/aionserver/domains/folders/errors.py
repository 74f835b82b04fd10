"""What can be wrong with a folder that is named."""

from aionserver.infra.errors import NotFound


class FolderNotFound(NotFound):
    """No such folder in this tenant."""

    code = "FOLDER_NOT_FOUND"
