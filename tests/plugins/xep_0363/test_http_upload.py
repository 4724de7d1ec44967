# SPDX-License-Identifier: MIT
"""HTTP File Upload: between a client, its server, a service and an HTTP server."""

from __future__ import annotations

import asyncio
import ssl
import sys
from pathlib import Path
from typing import Any

import pytest

from xmppkit.exceptions import ConfigurationError, InvalidValue, IqError
from xmppkit.plugins.xep_0363 import (
    EphemeralPurpose,
    FileTooBig,
    FileTooLarge,
    FileUploadError,
    HTTPError,
    ProfilePurpose,
    Progress,
    PurposeNotSupported,
    SlotRefused,
    UnsafeSlot,
    UploadServiceNotFound,
)
from xmppkit.plugins.xep_0363.service import limit_of
from xmppkit.stanza.iq import Iq

ROMEO = "romeo@montague.lit/home"
SERVICE = "upload.montague.lit"
NS = "urn:xmpp:http:upload:0"
QUOTA = (
    "<resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
    f"<retry xmlns='{NS}' stamp='2030-12-03T23:42:05Z'/>"
)


@pytest.fixture
def ready(service: Any, romeo: Any, http: Any) -> Any:
    """The service announces itself, and gives slots on the HTTP server."""
    pytest.importorskip("aiohttp")
    service.announce()
    service.put = service.get = http.url
    service.headers = [("Authorization", "secret"), ("Host", "evil")]
    return romeo.plugin["xep_0363"]


# --- finding a service ----------------------------------------------------------------------------------------


async def test_a_service_is_found(service: Any, romeo: Any, network: Any) -> None:
    plugin = romeo.plugin["xep_0363"]
    assert await plugin.find_upload_service() is None
    service.announce()  # it was away a moment ago
    told: list[Any] = []
    found = await plugin.find_upload_service(callback=told.append)
    assert found["from"] == SERVICE
    assert told == [found]
    network.sent.clear()
    assert await plugin.find_upload_service("montague.lit") is not None
    assert network.sent == [], "it is known"


async def test_a_service_is_named(service: Any, romeo: Any, network: Any) -> None:
    service.announce()
    plugin = romeo.plugin["xep_0363"]
    plugin.upload_service = SERVICE
    assert (await plugin.find_upload_service())["from"] == SERVICE
    assert not any("disco#items" in sent for sent in network.sent)
    with pytest.raises(IqError):
        await plugin.find_upload_service("nowhere.lit")


async def test_nobody_offers_it(romeo: Any) -> None:
    with pytest.raises(UploadServiceNotFound, match=r"montague\.lit"):
        await romeo.plugin["xep_0363"].upload_file("x", input_file=b"x")


# --- slots ----------------------------------------------------------------------------------------------------


async def test_a_slot_is_asked_for(service: Any, romeo: Any) -> None:
    ask = romeo.plugin["xep_0363"].request_slot
    answer = await ask(SERVICE, "a.jpg", 5, "image/jpeg", purpose=ProfilePurpose)
    assert answer["http_upload_slot"]["put"]["url"] == service.put
    [request] = service.requests
    assert (request.filename, request.size, request.content_type) == ("a.jpg", 5, "image/jpeg")
    assert isinstance(request.purpose, ProfilePurpose)
    await ask(SERVICE, "a.jpg", 5)
    assert service.requests[1].content_type is None
    assert service.requests[1].purpose is None


async def test_the_service_refuses(ready: Any, service: Any) -> None:
    service.error = QUOTA
    with pytest.raises(SlotRefused) as caught:
        await ready.upload_file("x", input_file=b"x")
    assert caught.value.condition == "resource-constraint"
    assert caught.value.retry is not None
    assert caught.value.retry.year == 2030


@pytest.mark.parametrize("limit", [None, 1])
async def test_the_service_finds_the_file_too_large(ready: Any, service: Any, limit: int | None) -> None:
    inside = f"<max-file-size>{limit}</max-file-size>" if limit else ""
    service.error = (
        "<not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
        f"<file-too-large xmlns='{NS}'>{inside}</file-too-large>"
    )
    with pytest.raises(FileTooBig) as caught:
        await ready.upload_file("x", input_file=b"xx")
    assert (caught.value.max_file_size, caught.value.size) == (limit, 2)


@pytest.mark.parametrize("own", [10, 3])
async def test_more_than_the_limits_is_not_asked_for(ready: Any, service: Any, own: int) -> None:
    service.announce(limit=5)
    ready.max_file_size = own
    with pytest.raises(FileTooBig) as caught:
        await ready.upload_file("x", input_file=b"123456")
    assert caught.value.max_file_size == min(own, 5)
    assert service.requests == []


async def test_purposes(ready: Any, service: Any, romeo: Any) -> None:
    with pytest.raises(PurposeNotSupported, match="profile"):
        await ready.upload_file("x", input_file=b"x", purpose="profile")
    await ready.upload_file("x", input_file=b"x", purpose="message")
    romeo.plugin["xep_0030"].domain_infos.clear()
    service.announce("urn:xmpp:http:upload:purpose:0#ephemeral")
    purpose = EphemeralPurpose()
    purpose["expire_before"] = "2030-09-10T23:08:25Z"
    await ready.upload_file("x", input_file=b"x", purpose=purpose)
    assert isinstance(service.requests[-1].purpose, EphemeralPurpose)
    with pytest.raises(InvalidValue, match="holiday"):
        await ready.upload_file("x", input_file=b"x", purpose="holiday")


async def test_an_empty_file(ready: Any) -> None:
    with pytest.raises(InvalidValue, match="empty"):
        await ready.upload_file("x", input_file=b"")


@pytest.mark.parametrize("url", ["http://169.254.169.254/", "https://files.montague.lit:0x/", "file:///etc/passwd"])
async def test_spoof_a_slot_elsewhere(ready: Any, service: Any, http: Any, url: str) -> None:
    """security.md B17"""
    ready.allow_private_hosts = ready.allow_http = False
    service.put = url
    with pytest.raises(UnsafeSlot):
        await ready.upload_file("x", input_file=b"x")
    assert http.heads == []


@pytest.mark.parametrize("inside", ["", "<slot xmlns='urn:other'/>", f"<slot xmlns='{NS}'/>", f"<put xmlns='{NS}'/>"])
async def test_spoof_an_answer_that_is_no_slot(ready: Any, service: Any, inside: str) -> None:
    service.instead = inside
    with pytest.raises(UnsafeSlot, match="there is none"):
        await ready.upload_file("x", input_file=b"x")


# --- uploading ------------------------------------------------------------------------------------------------


async def test_a_file_is_uploaded(ready: Any, service: Any, http: Any, tmp_path: Path) -> None:
    path = tmp_path / "très cool.jpg"
    path.write_bytes(bytes(100_000))
    told: list[Any] = []

    async def progress(moved: Progress) -> None:
        told.append(moved.sent)

    url = await ready.upload_file(path, callback=told.append, progress=progress)
    assert url == http.url
    assert told == [65536, 100_000, url]
    [request] = service.requests
    assert (request.filename, request.size, request.content_type) == ("très cool.jpg", 100_000, "image/jpeg")
    assert "Authorization: secret" in http.heads[0]
    assert "evil" not in http.heads[0]
    assert "Content-Type: image/jpeg" in http.heads[0]


async def test_the_media_type(ready: Any, service: Any) -> None:
    await ready.upload_file("a", input_file=b"x")
    await ready.upload_file("a.png", None, "text/x-own", input_file=b"x")
    ready.default_content_type = "text/plain"
    await ready.upload_file("b", 1, input_file=b"x")
    kinds = [request.content_type for request in service.requests]
    assert kinds == ["application/octet-stream", "text/x-own", "text/plain"]


async def test_an_upload_is_watched(ready: Any, http: Any) -> None:
    async with ready.upload("x", input_file=bytes(200_000)) as upload:
        seen = [progress async for progress in upload]
        assert await upload == http.url
    assert seen[-1] == Progress(200_000, 200_000)


async def test_the_http_server_refuses(ready: Any, http: Any) -> None:
    http.answer = b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"
    with pytest.raises(HTTPError, match="403"):
        await ready.upload_file("x", input_file=b"x")


async def test_certificates(ready: Any, romeo: Any, service: Any, https: Any, tmp_path: Path) -> None:
    server, ca_file = https
    service.put = service.get = f"https://localhost:{server.port}/x"
    with pytest.raises(FileUploadError, match="certificate"):
        await ready.upload_file("x", input_file=b"x")
    romeo.ca_certs = ca_file
    assert await ready.upload_file("x", input_file=b"x") == service.get
    romeo.ca_certs = None
    ready.ssl_context = ssl.create_default_context(cafile=str(ca_file))
    assert await ready.upload_file("x", input_file=b"x") == service.get


async def test_without_aiohttp(ready: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "xmppkit.plugins.xep_0363.http", raising=False)
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    with pytest.raises(ConfigurationError, match=r"install xmppkit\[http\]"):
        await ready.upload_file("x", input_file=b"x")


async def test_disabled_it_stops_what_is_under_way(ready: Any, romeo: Any, http: Any) -> None:
    http.silent = True
    upload = ready.upload("x", input_file=b"x")
    await http.asked.wait()
    romeo.plugin.disable("xep_0363")
    with pytest.raises(asyncio.CancelledError):
        await upload
    await http.idle.wait()


# --- offering uploads -----------------------------------------------------------------------------------------


async def condition(asked: Any) -> str:
    with pytest.raises(IqError) as caught:
        await asked
    return caught.value.condition


async def test_a_component_offers_uploads(network: Any) -> None:
    romeo = network.join(ROMEO, "xep_0363")
    config = {"xep_0363": {"handle_upload_requests": True, "max_file_size": 100}}
    component = network.join("files.lit", "xep_0363", component=True, **config)
    ask = romeo.plugin["xep_0363"].request_slot

    assert await romeo.plugin["xep_0030"].supports("files.lit", feature=NS)
    assert await condition(ask("files.lit", "a.txt", 5)) == "service-unavailable"

    def answer(iq: Iq) -> None:
        reply = iq.reply()
        reply["http_upload_slot"]["put"]["url"] = "https://files.lit/" + iq["http_upload_request"]["filename"]
        reply.send()

    component.add_event_handler("http_upload_request", answer)
    info = await romeo.plugin["xep_0363"].find_upload_service("files.lit")
    assert limit_of(info) == 100
    found = await ask("files.lit", "a.txt", 100)
    assert found["http_upload_slot"]["put"]["url"] == "https://files.lit/a.txt"

    with pytest.raises(IqError) as caught:
        await ask("files.lit", "a.txt", 101)
    too_large = FileTooLarge.of(caught.value.iq["error"])
    assert too_large is not None
    assert too_large.max_file_size == 100
    assert caught.value.condition == "not-acceptable"

    component.plugin.disable("xep_0363")
    info = await romeo.plugin["xep_0030"].get_info("files.lit")
    assert NS not in info["disco_info"]["features"]
    assert info["disco_info"]["forms"] == []


@pytest.mark.parametrize("about", ["", "size='5'", "filename='a'", "filename='a' size='-1'", "filename='a' size='x'"])
async def test_requests_that_are_none(network: Any, about: str) -> None:
    config = {"xep_0363": {"handle_upload_requests": True}}
    component = network.join("files.lit", "xep_0363", component=True, **config)
    asked: list[Iq] = []
    component.add_event_handler("http_upload_request", asked.append)
    component.take(f"<iq type='get' id='1' from='{ROMEO}' to='files.lit'><request xmlns='{NS}' {about}/></iq>")
    await component.settle()
    assert "<bad-request" in network.sent[-1]
    assert asked == []


async def test_who_offers_nothing_says_so(network: Any) -> None:
    romeo, juliet = network.join(ROMEO, "xep_0363"), network.join("juliet@capulet.lit/x", "xep_0363")
    juliet.add_event_handler("http_upload_request", lambda iq: None)
    assert await condition(romeo.plugin["xep_0363"].request_slot("juliet@capulet.lit/x", "a", 1)) == (
        "service-unavailable"
    )
    assert not await romeo.plugin["xep_0030"].supports("juliet@capulet.lit/x", feature=NS)
