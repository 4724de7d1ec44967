# SPDX-License-Identifier: MIT
"""Tools for testing programs and the library itself without a network."""
