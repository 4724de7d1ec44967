# SPDX-License-Identifier: MIT
"""How a stream is put on a wire: RFC 6120's own framing in `tcp`."""
