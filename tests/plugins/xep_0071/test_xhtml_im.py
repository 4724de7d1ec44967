# SPDX-License-Identifier: MIT
"""XHTML-IM between two."""

from __future__ import annotations

from typing import Any

from xmppkit.plugins import PLUGINS
from xmppkit.plugins.xep_0071 import XHTML_IM, sanitize
from xmppkit.plugins.xep_0071.stanza import XHTML_NS

ROMEO = "romeo@montague.lit/home"
JULIET = "juliet@capulet.lit/chamber"


async def test_from_one_to_another(network: Any) -> None:
    romeo, juliet = network.join(ROMEO, "xep_0071"), network.join(JULIET, "xep_0071")
    told: list[Any] = []
    juliet.add_event_handler("message", told.append)
    romeo.make_message(JULIET, "urgent", mhtml="<p>It is <em>urgent</em></p>").send()
    romeo.make_message(JULIET, "urgent", mhtml="<p onclick='x()'>It is<script>alert(1)</script></p>").send()
    await juliet.settle()
    assert [each["html"]["body"] for each in told] == ["<p>It is <em>urgent</em></p>", "<p>It is</p>"]
    found = XHTML_IM.of(told[1])
    assert found is not None
    assert found.xml[0].tag == f"{{{XHTML_NS}}}body"
    assert found.xml[0][0].get("onclick") == "x()"
    assert sanitize(found.xml[0])[0].attrib == {}
    assert await romeo.plugin["xep_0030"].supports(JULIET, feature=XHTML_IM.namespace)


def test_it_is_enabled_by_name_only(network: Any) -> None:
    assert "xep_0071" not in PLUGINS
