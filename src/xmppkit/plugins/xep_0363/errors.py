# SPDX-License-Identifier: MIT
"""Why a file was not uploaded.

::

    FileUploadError               the root
    ├── UploadServiceNotFound     nobody offers it
    ├── PurposeNotSupported       the service does not know the purpose
    ├── FileTooBig                more bytes than the service, or the own limit, allows
    ├── SlotRefused               the service said no; it is an IqError too
    ├── UnsafeSlot                the service named a place that the file must not go to
    └── HTTPError                 the HTTP server said no
"""

from __future__ import annotations

import datetime

from xmppkit.exceptions import IqError, XMPPKitError
from xmppkit.exceptions.root import in_one_line
from xmppkit.plugins.xep_0363.stanza import Retry
from xmppkit.stanza.iq import Iq

__all__ = [
    "FileTooBig",
    "FileUploadError",
    "HTTPError",
    "PurposeNotSupported",
    "SlotRefused",
    "UnsafeSlot",
    "UploadServiceNotFound",
]


class FileUploadError(XMPPKitError):
    """A file was not uploaded. As itself: the connection failed, or the file is not what was said of it."""


class UploadServiceNotFound(FileUploadError):
    """Neither the domain nor what belongs to it offers uploads.

    :param domain: where it was looked for.
    """

    def __init__(self, domain: str = "") -> None:
        super().__init__(domain)
        self.domain = domain

    def __str__(self) -> str:
        return f"nobody at {self.domain or 'the server'} offers HTTP File Upload: name a service in `upload_service`"


class PurposeNotSupported(FileUploadError):
    """The service does not announce a purpose (XEP-0363 §5).

    :param purpose: its name, as ``profile``.
    """

    def __init__(self, purpose: str = "") -> None:
        super().__init__(purpose)
        self.purpose = purpose

    def __str__(self) -> str:
        return f"the upload service does not know the purpose {self.purpose!r}"


class FileTooBig(FileUploadError):
    """The file is too big.

    :param max_file_size: the bytes that it may have; None: the service does not say.
    :param size: those that it has.
    """

    def __init__(self, max_file_size: float | None = None, size: int | None = None) -> None:
        super().__init__(max_file_size, size)
        self.max_file_size = max_file_size
        self.size = size

    def __str__(self) -> str:
        limit = "the service's limit" if self.max_file_size is None else f"{self.max_file_size:.0f}, which is the limit"
        return f"the file has {'more' if self.size is None else f'{self.size} bytes, more'} than {limit}"


class SlotRefused(FileUploadError, IqError):
    """The service gives no slot. Its reason is in `condition` and `text`.

    :param iq: what it answered.
    """

    def __init__(self, iq: Iq) -> None:
        IqError.__init__(self, iq)
        retry = Retry.of(iq["error"])
        #: When to try again, if the service says so, as for a quota (§6); None: it does not.
        self.retry: datetime.datetime | None = None if retry is None else retry.stamp

    def __str__(self) -> str:
        again = "" if self.retry is None else f" (try again at {self.retry.isoformat()})"
        return f"{IqError.__str__(self)}{again}"


class UnsafeSlot(FileUploadError):
    """The service named a URL that the file must not go to; nothing was sent there.

    :param url: the URL.
    :param fault: what is wrong with it.
    """

    def __init__(self, url: str, fault: str) -> None:
        super().__init__(url, fault)
        self.url = url
        self.fault = fault

    def __str__(self) -> str:
        return f"the slot's URL {self.url!r} cannot be used: {self.fault}"


class HTTPError(FileUploadError):
    """The HTTP server did not take the file.

    :param status: the HTTP status, as 413; redirections are not followed and end here, too.
    :param text: the beginning of what the server said.
    """

    def __init__(self, status: int, text: str = "") -> None:
        super().__init__(status, text)
        self.status = status
        self.text = text

    def __str__(self) -> str:
        return in_one_line(f"the HTTP server answered {self.status}{f': {self.text}' if self.text else ''}")
