"""Files on their way in: small ones stay in memory, others lie in a file without a name, gone with the process."""

from __future__ import annotations

import tempfile
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from qiaojie.sheets.book import MAX_BYTES

IN_MEMORY = 2 * 1024 * 1024
"""Bytes of one file that are held in memory."""


class Unnamed(FileUploadHandler):
    """Takes files without ever giving them a name on the disk.

    What goes beyond the largest file that is read (``MAX_BYTES``) is thrown away; the size, one byte too large, tells.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """A file begins."""
        super().new_file(*args, **kwargs)
        self.held: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - lives as long as the request
        self.size = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Some bytes of it."""
        kept = raw_data[: MAX_BYTES + 1 - self.size]
        self.held.write(kept)
        self.size += len(kept)
        return None

    def file_complete(self, file_size: int) -> UploadedFile[Any]:
        """It is all there."""
        self.held.seek(0)
        return UploadedFile(
            file=self.held, name=self.file_name, content_type=self.content_type, size=self.size
        )
