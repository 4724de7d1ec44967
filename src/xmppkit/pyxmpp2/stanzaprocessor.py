# SPDX-License-Identifier: MIT
"""`StanzaProcessor`: from stanzas to handlers, and from answers to who asked (RFC 6120 §8).

Handlers are called one after the other, in the thread that delivers the stanza. The lock guards the tables only; it is
not held while code of the program runs.
"""

from __future__ import annotations

import inspect
import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple
from xml.etree.ElementTree import Element

import xmppkit.stanza.iq
import xmppkit.stanza.message
import xmppkit.stanza.presence  # noqa: F401  # the engine's classes register themselves
from xmppkit.pyxmpp2.error import StanzaErrorElement
from xmppkit.pyxmpp2.exceptions import (
    BadRequestProtocolError,
    NoRouteError,
    ProtocolError,
    ServiceUnavailableProtocolError,
)
from xmppkit.pyxmpp2.expdict import ExpiringDictionary
from xmppkit.pyxmpp2.iq import Iq
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.message import Message
from xmppkit.pyxmpp2.presence import Presence
from xmppkit.pyxmpp2.stanza import Stanza
from xmppkit.pyxmpp2.stanzahandlers import StanzaRoute, XMPPFeatureHandler
from xmppkit.pyxmpp2.stanzapayload import XMLPayload, payload_element_names_for_class
from xmppkit.stanza.base import StanzaBase
from xmppkit.xml.names import split

__all__ = ["StanzaProcessor", "malformed_answer", "stanza_factory"]

log = logging.getLogger("pyxmpp2.stanzaprocessor")

#: What a handler may return: see `StanzaProcessor.process_stanza`.
HandlerResult = object
ResponseHandler = Callable[[Any], HandlerResult]

_CLASSES: Final[dict[str, Callable[..., Stanza]]] = {"iq": Iq, "message": Message, "presence": Presence}


def stanza_factory(element: Element, return_path: StanzaRoute | None = None, language: str | None = None) -> Stanza:
    """The stanza of an element: `Iq`, `Message`, `Presence`, or `Stanza` if it is none of these.

    :param return_path: where it came from.
    :param language: that of the stream. A stanza that names none is in it, which need not be written down.
    :raises ProtocolError: the stanza is malformed; see `malformed_answer`.
    """
    return _CLASSES.get(split(element.tag)[1], Stanza)(element, return_path=return_path)


def malformed_answer(element: Element, error: ProtocolError) -> Element | None:
    """What answers an element that `stanza_factory` has refused; None: nothing does.

    :param error: what it has raised.
    """
    kind = element.get("type")
    name = split(element.tag)[1]
    if name not in _CLASSES or kind == "error" or (name == "iq" and kind == "result"):
        error.log_ignored()
        return None
    attributes = {"type": "error"}
    for theirs, ours in (("from", "to"), ("id", "id")):
        if element.get(theirs):
            attributes[ours] = element.attrib[theirs]
    if name == "iq" and "id" not in attributes:
        attributes["id"] = Iq.gen_id()
    answer = Element(element.tag, attributes)
    answer.append(StanzaErrorElement(error.xmpp_name).as_xml(split(element.tag)[0]))
    error.log_reported()
    return answer


class _Handler(NamedTuple):
    """A method that handles stanzas."""

    payload_class: type[Any] | None
    payload_key: object
    call: Callable[[Any], HandlerResult]

    def matches(self, stanza: Stanza) -> bool:
        """Whether the stanza has the payload that the handler wants."""
        if self.payload_class is None:
            return True
        return stanza.get_payload(self.payload_class, self.payload_key) is not None


class _Response(NamedTuple):
    """Who waits for an answer."""

    result: ResponseHandler
    error: ResponseHandler


_Key = tuple[str | None, str | None]  # id, text of the sender


class StanzaProcessor(StanzaRoute):
    """Gives stanzas to handlers.

    :param default_timeout: seconds that an answer is waited for, unless it is said otherwise.

    :ivar me: our own address.
    :ivar peer: the address of who is at the other end of the stream.
    :ivar uplink: where stanzas are sent to; None: there is no connection.
    :ivar process_all_stanzas: handle what is meant for somebody else, too.
    :ivar lock: guards what threads share.
    """

    def __init__(self, default_timeout: float = 300) -> None:
        self.me: JID | None = None
        self.peer: JID | None = None
        self.uplink: StanzaRoute | None = None
        self.process_all_stanzas = True
        self.lock = threading.RLock()
        self._handlers: dict[tuple[str, str | None], list[_Handler]] = {}
        self._responses: ExpiringDictionary[_Key, _Response] = ExpiringDictionary(default_timeout)

    # --- handlers -------------------------------------------------------------------------------------

    def setup_stanza_handlers(self, handler_objects: Iterable[object], usage_restriction: str | None) -> None:
        """Register the methods of some objects that are marked as handlers of stanzas, in place of all others.

        The objects come in the order that they are given in, the methods of one in that of their names.

        :param usage_restriction: ``pre-auth`` or ``post-auth``: those that are meant for it, or for both.
        """
        found: dict[tuple[str, str | None], list[_Handler]] = {}
        for handler_object in handler_objects:
            if isinstance(handler_object, XMPPFeatureHandler):
                handler_object.stanza_processor = self
            for method in _marked(handler_object):
                restriction = getattr(method, "_pyxmpp_usage_restriction", None)
                if restriction and usage_restriction and restriction != usage_restriction:
                    continue
                handler = _Handler(
                    getattr(method, "_pyxmpp_payload_class_handled", None),
                    getattr(method, "_pyxmpp_payload_key", None),
                    method,
                )
                found.setdefault(method._pyxmpp_stanza_handled, []).append(handler)
        with self.lock:
            self._handlers = found

    def _handlers_of(self, name: str, stanza_type: str | None) -> list[_Handler]:
        with self.lock:
            return self._handlers.get((name, stanza_type), [])

    # --- answers --------------------------------------------------------------------------------------

    def set_response_handlers(
        self,
        iq: Iq,
        res_handler: ResponseHandler,
        err_handler: ResponseHandler,
        timeout_handler: Callable[[], object] | None = None,
        timeout: float | None = None,
    ) -> None:
        """Say who gets the answer to `iq`. To be called before the request is sent.

        An answer counts from whom the request went to; from the server, our own address or account it also counts for
        a request that went to nobody in particular.

        :param res_handler: called with the answer.
        :param err_handler: called with an answer that is an error.
        :param timeout_handler: called without arguments when no answer has come.
        :param timeout: seconds to wait; None takes the default.
        """
        key = (iq.stanza_id, None if iq.to_jid is None else str(iq.to_jid))
        missed = None if timeout_handler is None else lambda: timeout_handler()  # not what else it might take
        self._responses.set_item(key, _Response(res_handler, err_handler), timeout, missed)

    def clear_response_handlers(self) -> None:
        """Nobody waits for an answer any more."""
        self._responses.clear()

    def expire_response_handlers(self) -> float | None:
        """Tell those whose time is over; the seconds until the next one's, None if nobody waits."""
        return self._responses.expire()

    def _response_to(self, iq: Iq) -> _Response | None:
        sender = iq.from_jid
        senders: list[str | None] = [None if sender is None else str(sender)]
        ours = [jid for jid in (self.peer, self.me, self.me and self.me.bare()) if jid is not None]
        if sender is None:
            senders += [str(jid) for jid in ours]
        elif sender in ours:
            senders.append(None)
        for text in senders:
            found = self._responses.pop((iq.stanza_id, text), None)
            if found is not None:
                return found
        return None

    # --- incoming -------------------------------------------------------------------------------------

    def uplink_receive(self, stanza: Stanza) -> bool | None:
        """A stanza has come from the stream. See `process_stanza`."""
        return self.process_stanza(stanza)

    def process_stanza(self, stanza: Stanza) -> bool | None:
        """Give a stanza to its handlers.

        A handler that returns None or False has not handled it, and the next one gets it. True, and whatever else is
        true, ends that; a stanza, or several, are sent as well. A `ProtocolError` that a handler raises is answered
        with its condition; other exceptions leave from here.

        :returns: whether it was handled; None when a `ProtocolError` was the answer.
        """
        self.fix_in_stanza(stanza)
        try:
            if not self.process_all_stanzas and not self._is_for_us(stanza.to_jid):
                return self.route_stanza(stanza)
            if isinstance(stanza, Iq):
                return self.process_iq(stanza)
            if isinstance(stanza, Message):
                return self.process_message(stanza)
            if isinstance(stanza, Presence):
                return self.process_presence(stanza)
        except ProtocolError as error:
            self._answer_error(stanza, error)
            return None
        log.debug("a stanza of an unknown kind: %r", stanza)
        return False

    def process_iq(self, stanza: Iq) -> bool | None:
        """Give an answer to who waits for it, or a request to its handler.

        :raises ProtocolError: the request is malformed, or nobody handles it.
        """
        kind = stanza.stanza_type
        if kind in ("result", "error"):
            waiting = self._response_to(stanza)
            if waiting is None:
                return False
            handle = waiting.error if kind == "error" else waiting.result
            self._process_result(handle(stanza))
            return True
        if kind not in ("get", "set"):
            raise BadRequestProtocolError(f"there is no iq of type {kind!r}")
        if not stanza.stanza_id:
            raise BadRequestProtocolError("a request without id")  # RFC 6120 §8.1.3
        handler = self._iq_handler(stanza)
        # Without a result nothing is sent, and that is the handler's business: it may answer later.
        self._process_result(handler.call(stanza))
        return True

    def _iq_handler(self, stanza: Iq) -> _Handler:
        payload = stanza.get_payload(None)
        if payload is None:
            raise BadRequestProtocolError("a request without payload")
        handlers = self._handlers_of("iq", stanza.stanza_type)
        raw = [handler for handler in handlers if handler.payload_class is XMLPayload]
        if isinstance(payload, XMLPayload):
            for handler in raw:
                if handler.payload_key == payload.handler_key:
                    return handler
            name = payload.xml_element_name
            special = [
                handler
                for handler in handlers
                if handler.payload_class is not None and name in payload_element_names_for_class(handler.payload_class)
            ]
        else:
            special = handlers
        for handler in special:
            if handler.payload_class is not None and handler.matches(stanza):
                return handler
        raise ServiceUnavailableProtocolError("nobody handles such requests")

    def process_message(self, stanza: Message) -> bool | None:
        """Give a message to the handlers of its type, then, unless it is an error, to those of ``normal``."""
        kind = stanza.stanza_type or "normal"
        if self._try_handlers(self._handlers_of("message", kind), stanza):
            return True
        if kind in ("error", "normal"):
            return False
        return self._try_handlers(self._handlers_of("message", "normal"), stanza)

    def process_presence(self, stanza: Presence) -> bool | None:
        """Give a presence to the handlers of exactly its type."""
        return self._try_handlers(self._handlers_of("presence", stanza.stanza_type), stanza)

    def _try_handlers(self, handlers: list[_Handler], stanza: Stanza) -> bool:
        # Any: `any` stops at the first that took it.
        return any(handler.matches(stanza) and self._process_result(handler.call(stanza)) for handler in handlers)

    def _process_result(self, result: HandlerResult) -> bool:
        """Do what a handler's result says; whether the stanza was handled."""
        if result is None or result is False:
            return False
        if isinstance(result, (Stanza, StanzaBase)):
            self.send(result)
        elif isinstance(result, Iterable) and not isinstance(result, (str, bytes)):
            for item in result:
                if isinstance(item, (Stanza, StanzaBase)):
                    self.send(item)
                else:
                    log.warning("a handler returned %r among what is to be sent, which is no stanza", item)
        else:
            return bool(result)
        return True

    def _answer_error(self, stanza: Stanza, error: ProtocolError) -> None:
        kind = stanza.stanza_type
        if kind == "error" or (kind == "result" and isinstance(stanza, Iq)):
            error.log_ignored()
            return
        if not isinstance(stanza, (Iq, Message, Presence)):
            error.log_ignored()
            return
        answer = stanza.make_error_response(error.xmpp_name)
        if isinstance(answer, Iq) and not answer.stanza_id:
            answer.stanza_id = answer.gen_id()
        self.send(answer)
        error.log_reported()

    def _is_for_us(self, to: JID | None) -> bool:
        me = self.me
        return to is None or me is None or to == me or to == me.bare()

    def route_stanza(self, stanza: Stanza) -> bool:
        """A stanza came that is for somebody else, and only ours are handled: it cannot be delivered.

        To be replaced by who can.
        """
        if stanza.stanza_type not in ("error", "result") and isinstance(stanza, (Iq, Message, Presence)):
            self.send(stanza.make_error_response("recipient-unavailable"))
        return True

    def check_to(self, to: JID) -> JID | None:
        """Whether `to`, of the header of a stream to us, is us: `to` if it is, else None."""
        return to if to == self.me else None

    def fix_in_stanza(self, stanza: Stanza) -> None:
        """Called with each stanza before it is handled; to be replaced."""

    def fix_out_stanza(self, stanza: Stanza) -> None:
        """Called with each stanza before it is sent; to be replaced."""

    # --- outgoing -------------------------------------------------------------------------------------

    def send(self, stanza: Stanza | StanzaBase) -> None:
        """Send a stanza, one of this interface or of `xmppkit.stanza`.

        :raises NoRouteError: there is no connection.
        """
        if isinstance(stanza, StanzaBase):
            stanza = stanza_factory(stanza.xml)
        uplink = self.uplink
        if uplink is None:
            raise NoRouteError("there is no connection to send the stanza on: connect() first")
        self.fix_out_stanza(stanza)
        uplink.send(stanza)


def _marked(handler_object: object) -> Iterator[Any]:
    """The methods of an object that are marked as handlers of stanzas, in the order of their names."""
    for name in sorted(dir(handler_object)):
        # Looking without calling: an object may have properties that do something.
        found = inspect.getattr_static(handler_object, name, None)
        function = getattr(found, "__func__", found)
        if getattr(function, "_pyxmpp_stanza_handled", None):
            yield getattr(handler_object, name)
