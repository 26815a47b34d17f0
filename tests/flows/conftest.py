"""One Prefect server for all tests of the flows: it takes 5 to 20 seconds to start."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

from flows.prefect.prefectserver import PrefectServer, prepare


@pytest.fixture(scope="session")
def prefect_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running Prefect server, in the environment for this process and its
    children."""
    work = tmp_path_factory.mktemp("prefect")
    if "prefect" in sys.modules:  # a test before had a home of its own, and took it away again
        os.environ.setdefault("PREFECT_HOME", str(work / "prefect"))
    prepare(work)
    server = PrefectServer()
    server.start()
    try:
        os.environ["PREFECT_API_URL"] = server.wait()
        yield server.url
    finally:
        os.environ.pop("PREFECT_API_URL", None)
        server.stop()
