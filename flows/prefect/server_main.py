"""The embedded Prefect server's own process: ``python -P server_main.py PORT``, started by
:mod:`flows.prefect.prefectserver`. It imports nothing of this program.

It ends when its standard input does. The pipe closes even when the parent is killed with SIGKILL,
so that no server is ever left behind (Prefect's own ephemeral server is, and each keeps 200 MB).
"""

from __future__ import annotations

import sys
import threading

import uvicorn


def main() -> None:
    """Serve Prefect's API and pages on 127.0.0.1 until the parent is gone."""
    config = uvicorn.Config(
        "prefect.server.api.server:create_app",
        factory=True,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_level="error",
        lifespan="on",
        timeout_graceful_shutdown=3,
    )
    server = uvicorn.Server(config)

    def until_parent_is_gone() -> None:
        sys.stdin.buffer.read()
        server.should_exit = True

    threading.Thread(target=until_parent_is_gone, daemon=True).start()
    server.run()


if __name__ == "__main__":
    main()
