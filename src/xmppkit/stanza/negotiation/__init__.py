# SPDX-License-Identifier: MIT
"""The stanzas with which a stream is negotiated: one module for each feature."""
