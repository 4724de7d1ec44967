# SPDX-License-Identifier: MIT
"""HTTP File Upload (XEP-0363): find a service, ask it for a slot, and send the file there."""

from __future__ import annotations

import asyncio
import mimetypes
import os
from collections.abc import AsyncIterable, Callable
from typing import IO, TYPE_CHECKING, Any, cast

from xmppkit.dispatch.events import Event
from xmppkit.exceptions import ConfigurationError, InvalidValue, IqError
from xmppkit.jid.address import JID
from xmppkit.plugins.base import Option, register_plugin, told
from xmppkit.plugins.xep_0363 import stanza
from xmppkit.plugins.xep_0363.errors import (
    FileTooBig,
    FileUploadError,
    HTTPError,
    PurposeNotSupported,
    UploadServiceNotFound,
)
from xmppkit.plugins.xep_0363.offering import Offering
from xmppkit.plugins.xep_0363.service import AnyPurpose, limit_of, purpose_of, refusal
from xmppkit.plugins.xep_0363.slots import Target, target_of
from xmppkit.plugins.xep_0363.source import Content, size_of
from xmppkit.plugins.xep_0363.stanza import PURPOSE, UPLOAD, Purpose, Request, Slot
from xmppkit.plugins.xep_0363.upload import Progress, ProgressCallback, Upload
from xmppkit.stanza.iq import Iq
from xmppkit.types import JidStr, OptJidStr

if TYPE_CHECKING:
    from ssl import SSLContext

# The errors go with the plugin, since programs for slixmpp import them from here.
__all__ = [
    "XEP_0363",
    "FileTooBig",
    "FileUploadError",
    "HTTPError",
    "PurposeNotSupported",
    "UploadServiceNotFound",
]


class XEP_0363(Offering):  # noqa: N801  # slixmpp's name
    """HTTP File Upload. What a component needs that offers uploads is in `Offering`."""

    name = "xep_0363"
    description = "XEP-0363: HTTP File Upload"
    dependencies = frozenset({"xep_0030", "xep_0128"})
    stanza = stanza
    events = (Event("http_upload_request", Iq, "somebody asks this component for a slot", "XEP-0363 §4"),)

    upload_service = Option(
        cast("type[JidStr]", object), doc="the address of the service; None: what the own server offers"
    )
    default_content_type = Option(
        str, "application/octet-stream", doc="the media type of files whose names do not tell it"
    )
    allow_http = Option(bool, False, doc="use slots without TLS, against the XEP (§4)")
    allow_private_hosts = Option(
        bool, False, doc="use slots whose host is no public address, as that of a server in the own network"
    )
    ssl_context = Option(
        cast("type[SSLContext]", object),
        doc="the TLS context of uploads; None: one that trusts the authorities in the stream's `ca_certs`",
    )
    stall_timeout = Option(float, 60.0, minimum=0.001, doc="seconds without any progress after which an upload fails")

    def plugin_init(self) -> None:
        """Nothing is under way."""
        super().plugin_init()
        self._uploads: set[Upload] = set()

    def plugin_end(self) -> None:
        """Stop what is under way."""
        for upload in self._uploads:
            upload.cancel()
        super().plugin_end()

    # --- the service ------------------------------------------------------------------------------------------

    async def find_upload_service(
        self,
        domain: OptJidStr = None,
        *,
        callback: Callable[[Iq | None], Any] | None = None,
        timeout: float | None = None,
        ifrom: OptJidStr = None,
    ) -> Iq | None:
        """Who offers uploads at a domain: the domain itself, or one of its items.

        :param domain: the domain; None: that of the own server.
        :param callback: called with the result as well.
        :param timeout: seconds to wait for each of the answers; None: 120.
        :param ifrom: who asks, for components.
        :returns: what the service says of itself, an `Iq` with ``disco_info``; None: nobody offers it.
        :raises XMPPError: nobody at the domain has answered.
        """
        found = await self._services(domain, timeout, ifrom)
        return await told(callback, found[0] if found else None)

    async def _services(self, domain: OptJidStr, timeout: float | None, ifrom: OptJidStr) -> list[Iq]:
        disco = self.xmpp.plugin["xep_0030"]
        if domain is None and self.upload_service is not None:
            return [await disco.get_info(self.upload_service, cached=True, timeout=timeout, ifrom=ifrom)]
        asked = JID(domain or self.xmpp.boundjid.domain)
        for cached in (True, False) if asked.full in disco.domain_infos else (True,):
            infos = await disco.get_info_from_domain(asked, timeout=timeout, cached=cached, ifrom=ifrom)
            found = [info for info in infos if UPLOAD in info["disco_info"]["features"]]
            if found:
                return found
        return []  # also of those that had not answered when the domain was asked before

    async def _service(
        self, domain: OptJidStr, purpose: Purpose | None, timeout: float | None, ifrom: OptJidStr
    ) -> tuple[JID, float]:
        """The service that fits, and the bytes that a file may have there."""
        found = await self._services(domain, timeout, ifrom)
        if not found:
            raise UploadServiceNotFound(str(domain or self.xmpp.boundjid.domain))
        if purpose is not None and purpose.name != "message":  # what every service takes for granted (§5)
            wanted = f"{PURPOSE}#{purpose.name}"
            found = [info for info in found if wanted in info["disco_info"]["features"]]
            if not found:
                raise PurposeNotSupported(purpose.name)
        return found[0]["from"], min(self.max_file_size, limit_of(found[0]))

    def request_slot(
        self,
        jid: JidStr,
        filename: str,
        size: int,
        content_type: str | None = None,
        *,
        purpose: AnyPurpose = None,
        ifrom: OptJidStr = None,
        callback: Callable[[Iq], Any] | None = None,
        timeout: float | None = None,
    ) -> asyncio.Future[Iq]:
        """Ask a service for a slot.

        :param jid: the service.
        :param filename: the file's name.
        :param size: its bytes, at least one.
        :param content_type: its media type; None: it is not said.
        :param purpose: what it is for; see `upload_file`.
        :param ifrom: who asks, for components.
        :param callback: called with the answer as well.
        :param timeout: seconds to wait for it; None: 120.
        :returns: a future of the answer, with ``http_upload_slot``. It raises `IqError` or `IqTimeout`. Before a URL
            in it is used, `target_of <xmppkit.plugins.xep_0363.slots.target_of>` should look at it.
        :raises InvalidValue: the size is not positive, or there is no such purpose.
        """
        iq: Iq = self.xmpp.make_iq_get(ito=jid, ifrom=ifrom)
        request = Request(parent=iq)
        request.filename, request.size, request.content_type = filename, size, content_type
        made = purpose_of(purpose)
        if made is not None:
            request.append(made)
        return iq.send(callback, timeout)

    # --- uploading --------------------------------------------------------------------------------------------

    async def upload_file(
        self,
        filename: str | os.PathLike[str],
        size: int | None = None,
        content_type: str | None = None,
        *,
        input_file: IO[bytes] | bytes | AsyncIterable[bytes] | None = None,
        domain: OptJidStr = None,
        purpose: AnyPurpose = None,
        callback: Callable[[str], Any] | None = None,
        timeout: float | None = None,
        progress: ProgressCallback | None = None,
        ifrom: OptJidStr = None,
    ) -> str:
        """Upload a file. Cancelling this stops it, and leaves nothing open.

        :param filename: the path of the file; with `input_file` only its name counts, which the service is told.
        :param size: how many bytes it has; None finds out, which it cannot do for iterators and pipes.
        :param content_type: its media type; None: what its name tells.
        :param input_file: the content: a file that is open for reading bytes, which is read as a whole and not closed;
            bytes; or an asynchronous iterator of pieces; a generator is closed.
        :param domain: where a service is looked for; None: `upload_service`, or the own server.
        :param purpose: how long it is to be kept: ``message``, ``profile``, ``permanent``, or an `EphemeralPurpose`
            with its time; None: as for messages.
        :param callback: called with the URL as well.
        :param timeout: seconds to wait for each answer over XMPP; None: 120. For the transfer itself there is
            `stall_timeout`.
        :param progress: called with each `Progress`; a function or a coroutine function.
        :param ifrom: who uploads, for components.
        :returns: the URL that others fetch the file from.
        :raises FileUploadError: it could not be uploaded; the `subclass <xmppkit.plugins.xep_0363.errors>` says why.
        :raises OSError: the file cannot be read.
        :raises InvalidValue: the file is empty, `size` is missing, or there is no such purpose.
        :raises XMPPError: no answer from server or service.
        :raises ConfigurationError: aiohttp is not installed.
        """
        upload = self.upload(
            filename,
            size,
            content_type,
            input_file=input_file,
            domain=domain,
            purpose=purpose,
            timeout=timeout,
            progress=progress,
            ifrom=ifrom,
        )
        return await told(callback, await upload)

    def upload(
        self,
        filename: str | os.PathLike[str],
        size: int | None = None,
        content_type: str | None = None,
        *,
        input_file: IO[bytes] | bytes | AsyncIterable[bytes] | None = None,
        domain: OptJidStr = None,
        purpose: AnyPurpose = None,
        timeout: float | None = None,
        progress: ProgressCallback | None = None,
        ifrom: OptJidStr = None,
    ) -> Upload:
        """Begin to upload a file; the parameters are those of `upload_file`.

        :returns: the upload, which can be watched, cancelled and awaited.
        """
        name = os.path.basename(os.fspath(filename))
        kind = content_type or mimetypes.guess_type(name)[0] or self.default_content_type
        content: Content = filename if input_file is None else input_file
        wanted = purpose_of(purpose)

        async def run(upload: Upload) -> str:
            count = await size_of(content) if size is None else size
            target = await self._slot(name, count, kind, wanted, domain, timeout, ifrom)

            async def moved(sent: int) -> None:
                upload.move(Progress(sent, count))
                await told(progress, Progress(sent, count))

            await self._put(target, content, count, kind, moved)
            return target.get

        upload = Upload(run, self.xmpp.wrap)
        self._uploads.add(upload)
        upload.add_done_callback(self._uploads.discard)
        return upload

    async def _slot(
        self,
        name: str,
        size: int,
        kind: str,
        purpose: Purpose | None,
        domain: OptJidStr,
        timeout: float | None,
        ifrom: OptJidStr,
    ) -> Target:
        if size < 1:
            raise InvalidValue("an empty file cannot be uploaded", "size")
        service, limit = await self._service(domain, purpose, timeout, ifrom)
        if size > limit:
            raise FileTooBig(limit, size)
        try:
            answer = await self.request_slot(service, name, size, kind, purpose=purpose, timeout=timeout, ifrom=ifrom)
        except IqError as error:
            raise refusal(error, size) from None
        return target_of(Slot.of(answer), http=self.allow_http, private=self.allow_private_hosts)

    async def _put(self, target: Target, content: Content, size: int, kind: str, moved: Callable[[int], Any]) -> None:
        try:
            from xmppkit.plugins.xep_0363.http import put, tls_context  # aiohttp is an extra
        except ImportError as error:
            raise ConfigurationError("uploads need aiohttp: install xmppkit[http]") from error
        context = self.ssl_context or tls_context(self.xmpp)
        private, stall = self.allow_private_hosts, self.stall_timeout
        await put(target, content, size, kind, context=context, private=private, stall=stall, moved=moved)


register_plugin(XEP_0363)
