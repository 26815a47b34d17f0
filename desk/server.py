"""Serving the pages: uvicorn in this process, on this machine only unless site.toml says otherwise."""

from __future__ import annotations

import uvicorn

from desk.app import create_app
from desk.office import Desk
from records.errors import ServiceError


def configured(desk: Desk, host: str, port: int) -> uvicorn.Config:
    """How uvicorn serves the pages.

    The peer's address decides whose single sign-on is believed, so no proxy may rewrite it.
    """
    return uvicorn.Config(create_app(desk), host=host, port=port, proxy_headers=False, server_header=False, ws="none",
                          access_log=False, log_level="warning", limit_concurrency=400)


def serve(desk: Desk, host: str, port: int) -> None:
    """Serve until interrupted.

    Raises:
        ServiceError: the address is taken.
    """
    config = configured(desk, host, port)
    try:
        socket = config.bind_socket()
    except SystemExit:
        raise ServiceError("port", f"{host}:{port} はほかのプログラムが使っています。--port で別の番号を指定してください") from None
    with socket:
        uvicorn.Server(config).run(sockets=[socket])
