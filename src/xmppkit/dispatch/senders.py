# SPDX-License-Identifier: MIT
"""Who may answer a request (RFC 6120 §8.1.2.1, §8.2.3).

An answer counts only when it comes from the address that was asked: ids are not secret enough to tell a
stranger's forged result from the real one. An absent ``from`` stands for the account itself (RFC 6120
§8.1.2.1: the server answers on behalf of the account with no ``from`` or with the account's bare JID).
"""

from __future__ import annotations

from xmppkit.exceptions import InvalidJID
from xmppkit.jid.address import JID, canonical

__all__ = ["may_answer"]


def may_answer(sender: str | None, asked: str | None, own: JID | None) -> bool:
    """True when a stanza from `sender` may be the answer to a request that was sent to `asked`.

    :param sender: the ``from`` attribute as received; None or an empty string when there is none.
    :param asked: the ``to`` of the request; None or an empty string when it had none (a request to the own
        account).
    :param own: the stream's own address; None or an empty JID before it is known. Until then nobody but the
        server can send anything on the stream, so that every sender is accepted.

    ====================  ===================================
    asked                 accepted
    ====================  ===================================
    nobody, own bare JID  no sender, the own bare JID
    anybody else          exactly that JID
    ====================  ===================================
    """
    if not own:
        return True
    try:
        expected = canonical(asked) if asked else own.bare
        return expected == (canonical(sender) if sender else own.bare)
    except InvalidJID:
        return False
