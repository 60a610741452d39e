"""Files over the wire: small ones inside a box, large ones by reference through Download and Upload."""

from __future__ import annotations

import base64
import binascii
import json
import mimetypes
from typing import Any

from bot.model import FileContent

LARGEST_INSIDE = 20 * 1024  # bytes; the Node server's threshold (wechaty-puppet-service, normalize-filebox.ts)
CHUNK = 256 * 1024  # bytes of one piece of a download
_BASE64, _UUID = 1, 7  # FileBoxType of npm file-box 1.5


class FileShelf:
    """Files that travel by reference."""

    def __init__(self) -> None:
        self._uploads: dict[str, bytes] = {}
        self._downloads: dict[str, bytes] = {}

    def keep_upload(self, data: bytes) -> str:
        """Take the bytes of an upload; returns the reference."""
        reference = f"upload-{len(self._uploads) + 1}"
        self._uploads[reference] = data
        return reference

    def pieces(self, reference: str) -> list[bytes]:
        """Return a file in pieces; `LookupError` when there is none."""
        data = self._downloads.get(reference)
        if data is None:
            data = self._uploads[reference]
        return [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)]

    def pack(self, message_id: str, file: FileContent) -> str:
        """Return the box for a file in a message."""
        media_type = file.media_type or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        box: dict[str, Any] = {"name": file.name, "size": len(file.data), "mediaType": media_type, "metadata": {}}
        if len(file.data) <= LARGEST_INSIDE:
            box |= {"type": _BASE64, "boxType": _BASE64, "base64": base64.b64encode(file.data).decode()}
        else:
            self._downloads[f"download-{message_id}"] = file.data
            box |= {"type": _UUID, "boxType": _UUID, "uuid": f"download-{message_id}"}
        return json.dumps(box, ensure_ascii=False)

    def unpack(self, box: str) -> FileContent:
        """Return the file a box stands for.

        Raises:
            LookupError, ValueError: the box cannot be read.
        """
        fields = json.loads(box)
        kind = fields.get("type", fields.get("boxType"))
        if kind == _UUID:
            data = self._uploads.pop(fields["uuid"])
        elif kind == _BASE64:
            try:
                data = base64.b64decode(fields["base64"], validate=True)
            except binascii.Error as error:
                raise ValueError("base64 of the box is broken") from error
        else:
            raise ValueError(f"boxes of kind {kind} are not served")
        return FileContent(str(fields.get("name") or "file.dat"), data, str(fields.get("mediaType") or ""))
