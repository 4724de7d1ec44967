# SPDX-License-Identifier: MIT
"""One thing, in one blocking call, without asyncio: for scripts.

::

    from xmppkit.simple import send_message

    send_message("me@example.org", "secret", "you@example.org", "The backup is done.")

TLS is required and the server's certificate checked. What goes wrong is raised: see
`xmppkit.pyxmpp2.exceptions`, all of which are `xmppkit.exceptions.XMPPKitError`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from xmppkit.pyxmpp2.exceptions import FatalStreamError
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.message import Message
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.pyxmpp2.simple import FireAndForget
from xmppkit.settings.settings import Settings

if TYPE_CHECKING:
    from xmppkit.pyxmpp2.client import Client
    from xmppkit.types import JidStr

__all__ = ["send_message", "xmpp_do"]

T = TypeVar("T")


def xmpp_do(jid: JidStr | JID, password: str, action: Callable[[Client], T], **settings: Any) -> T:
    """Log in, do something, disconnect; what was sent has left when this returns.

    ::

        xmpp_do("me@example.org", "secret", lambda client: client.send(Presence(to_jid=..., stanza_type="subscribe")))

    :param jid: the account; a resource is chosen by the server if there is none.
    :param action: called once, with the client: `Client.send` sends stanzas, those of `xmppkit.stanza` too.
    :param settings: those of `XMPPSettings`, as ``server="192.0.2.1"`` or ``tls_cacert_file="ca.pem"``.
    :returns: what `action` returns.
    :raises JIDError: `jid` is no address.
    :raises ConfigurationError: there is no setting of such a name.
    :raises FatalStreamError: the login failed, or the connection was lost.
    """
    for name in settings.keys() - XMPPSettings.list_all():
        Settings.knob(name)
    done: list[T] = []

    def act(client: Client) -> None:
        done.append(action(client))

    FireAndForget(JID(str(jid)), act, XMPPSettings({**settings, "password": password})).run()
    if not done:
        raise FatalStreamError("the connection has ended before the login")
    return done[0]


def send_message(
    jid: JidStr | JID,
    password: str,
    to: JidStr | JID,
    body: str,
    *,
    subject: str | None = None,
    mtype: str = "chat",
    thread: str | None = None,
    **settings: Any,
) -> None:
    """Send a message and wait until it has left.

    :param jid: the account to send from.
    :param to: who gets it.
    :param mtype: the type of the message.
    :param settings: see `xmpp_do`, as what this raises.
    """
    message = Message(to_jid=JID(str(to)), stanza_type=mtype, subject=subject, body=body, thread=thread)
    xmpp_do(jid, password, lambda client: client.send(message), **settings)
