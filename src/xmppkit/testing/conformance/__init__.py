# SPDX-License-Identifier: MIT
"""What a storage and a transport must do, as tests that whoever writes one can run with pytest.

A suite is a class: subclass it, say how yours is made, and pytest collects its tests. The docstring of each test is the
sentence of the contract that it checks. The tests are coroutine functions: pytest-asyncio, in its ``auto`` mode, runs
them.
"""
