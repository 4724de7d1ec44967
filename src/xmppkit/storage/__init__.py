# SPDX-License-Identifier: MIT
"""What programs and plugins keep: small values by key, in named collections, behind one interface.

``base`` says what a storage is, ``memory`` and ``sqlite`` are two, ``schemes`` opens one by its URL. Others pass the
same tests: `xmppkit.testing.conformance.storage`.

What is kept decides what the interface has, and what it has not:

=============================  =======================================================================================
kept                           needs
=============================  =======================================================================================
bits of binary, avatars        bytes; bounds on values and collections, as others fill them; the oldest may go
vCards, last activity, caps    values like JSON; expiry; capabilities outlive the peer that told them
rosters                        all entries of an owner, in pages; thousands of owners of a component
FAST tokens                    replaced by one of several who hold them: compare and swap; expiry; a private file
stream-management state        several entries written together or not at all
outbox                         the order in which entries were put; durable when the call returns; deleted one by one
=============================  =======================================================================================

No queries, no joins and no indexes of the caller's: what is looked up is looked up by its key, or read in order.
"""
