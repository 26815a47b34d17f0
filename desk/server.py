"""Serving the pages: uvicorn in this process, on this machine only unless site.toml says otherwise."""

from __future__ import annotations

import uvicorn

from desk.app import create_app
from desk.office import Desk
from records.errors import ServiceError


def serve(desk: Desk, host: str, port: int) -> None:
    """Serve until interrupted.

    Raises:
        ServiceError: the address is taken.
    """
    # The peer's address decides whose single sign-on is believed, so no proxy may rewrite it.
    config = uvicorn.Config(create_app(desk), host=host, port=port, proxy_headers=False, server_header=False, date_header=False,
                            access_log=False, log_level="warning", limit_concurrency=400)
    try:
        socket = config.bind_socket()
    except SystemExit:
        raise ServiceError("port", f"{host}:{port} はほかのプログラムが使っています。--port で別の番号を指定してください") from None
    with socket:
        uvicorn.Server(config).run(sockets=[socket])
