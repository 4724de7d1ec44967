# SPDX-License-Identifier: MIT
"""The stream features as plugins: their options, and the stanzas they are made of. The engine negotiates them."""
