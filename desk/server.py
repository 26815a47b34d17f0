"""Serving the pages: uvicorn in this process, on this machine only unless site.toml says
otherwise."""

from __future__ import annotations

import logging
import traceback

import uvicorn

from desk.app import create_app
from desk.opendesk import Desk
from records.errors import ServiceError
from records.mynumber import mask_my_number


class Masked(logging.Filter):
    """Takes My Numbers out of what is logged of a bug, its traceback included."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = mask_my_number(record.getMessage())
        record.args = None
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = mask_my_number(
                "".join(traceback.format_exception(record.exc_info[1]))
            )
            record.exc_info = None
        return True


def configured(desk: Desk, host: str, port: int) -> uvicorn.Config:
    """How uvicorn serves the pages.

    The peer's address decides whose single sign-on is believed, so no proxy may rewrite it.
    """
    log = logging.getLogger("uvicorn.error")
    if not any(isinstance(one, Masked) for one in log.filters):
        log.addFilter(Masked())
    return uvicorn.Config(
        create_app(desk),
        host=host,
        port=port,
        proxy_headers=False,
        server_header=False,
        ws="none",
        access_log=False,
        log_level="warning",
        limit_concurrency=400,
        timeout_keep_alive=75,
    )


def serve(desk: Desk, host: str, port: int) -> None:
    """Serve until interrupted.

    Raises:
        ServiceError: the address is taken.
    """
    config = configured(desk, host, port)
    try:
        socket = config.bind_socket()
    except SystemExit:
        raise ServiceError(
            "port",
            f"{host}:{port} はほかのプログラムが使っています。--port で別の番号を指定してください",
        ) from None
    with socket:
        uvicorn.Server(config).run(sockets=[socket])
