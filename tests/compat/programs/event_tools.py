# SPDX-License-Identifier: MIT
"""Events of one's own, disposable handlers, wait_until, schedules: what programs build upon (no network)."""

import asyncio

import slixmpp

log = []


class Bot(slixmpp.ClientXMPP):
    def exception(self, exception):
        log.append("exception %r" % exception)


async def main():
    xmpp = Bot("me@localhost", "secret")

    async def slow(data):
        await asyncio.sleep(0.01)
        log.append("slow %s" % data)

    def broken(data):
        raise ValueError(data)

    def plain(data):
        log.append("plain %s" % data)

    xmpp.add_event_handler("a", plain)
    xmpp.add_event_handler("a", slow)
    xmpp.add_event_handler("a", lambda data: log.append("once"), disposable=True)
    print(xmpp.event_handled("a"), xmpp.event_handled("b"))
    xmpp.event("a", 1)
    await xmpp.event_async("a", 2)
    await asyncio.sleep(0.05)
    print(sorted(log), xmpp.event_handled("a"))
    log.clear()
    xmpp.del_event_handler("a", slow)
    with xmpp.event_handler("b", plain):
        xmpp.event("b")
    xmpp.event("b", "lost")
    xmpp.add_event_handler("b", broken)
    xmpp.event("b", "bad")
    print(log)
    log.clear()

    xmpp.schedule("Later", 0.01, xmpp.event, args=("c", "scheduled"))
    print(await xmpp.wait_until("c", timeout=5))
    try:
        await xmpp.wait_until("c", timeout=0.05)
    except TimeoutError:
        print("timeout")
    xmpp.schedule("Tick", 0.01, plain, ("tick",), repeat=True)
    xmpp.schedule("Never", 0.01, plain, kwargs={"data": "never"})
    xmpp.cancel_schedule("Never")
    try:
        xmpp.schedule("Tick", 5, plain)
    except ValueError:
        print("there is one")
    print(sorted(xmpp.scheduled_events))
    while log.count("plain tick") < 3:
        await asyncio.sleep(0.01)
    xmpp.cancel_schedule("Tick")
    print(set(log), await xmpp.wrap(asyncio.sleep(0, "wrapped")))


asyncio.new_event_loop().run_until_complete(main())
