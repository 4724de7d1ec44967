# SPDX-License-Identifier: MIT
"""BOSH (XEP-0124, XEP-0206): a stream in the bodies of HTTP requests and responses.

`framing` is what the engine reads and writes; `session` is the client's half of a session and `served` the server's,
of which `manager` keeps all that there are. Below them are the wrapper (`body`) and the keys (`keys`). Nothing here
does I/O or reads a clock.
"""
