"""A network that misbehaves: between two of our processes, one TCP connection at a time.

What a toxic does begins with the next bytes that pass; connections that are under way feel it too.
"""

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tools.devstack import ports

CHUNK_BYTES = 16 * 1024
# Closing with nothing left to wait for: the other side sees a reset instead of an end.
RESET = struct.pack("ii", 1, 0)

Change = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Toxic:
    """What is done to the answers; by default nothing.

    :param delay: seconds before each piece of an answer. :param drip: bytes a second. :param blackhole: nothing passes,
        either way, and nothing ends. :param reset: share of connections that are reset at once.
    :param cut: share of requests that arrive and whose connection ends before the answer.
    """

    delay: float = 0.0
    drip: int = 0
    blackhole: bool = False
    reset: float = 0.0
    cut: float = 0.0


class Proxy:
    """`with Proxy(port_of_the_peer) as proxy:` `proxy.url` leads there; `proxy.toxic` says how well."""

    def __init__(self, target: int) -> None:
        self.target, self.port, self.toxic = target, ports.free_port(), Toxic()
        self.url = f"http://{ports.LOOPBACK}:{self.port}"
        self._thread = threading.Thread(target=lambda: asyncio.run(self._listen()), daemon=True)
        self._listening = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        self._listening.wait()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    async def _listen(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connect, ports.LOOPBACK, self.port)
        self._listening.set()
        await self._over.wait()
        server.close()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if _happens(self.toxic.reset):
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        else:
            with suppress(OSError, asyncio.CancelledError):
                await self._join(reader, writer)
        writer.close()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until either side has enough."""
        there, thither = await asyncio.open_connection(ports.LOOPBACK, self.target)
        ways = [self._pass(reader, thither, self._let_through), self._pass(there, writer, self._spoil)]
        tasks = [asyncio.create_task(way) for way in ways]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            thither.close()

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, change: Change) -> None:
        with suppress(OSError):
            while piece := await source.read(CHUNK_BYTES):
                await change(piece, sink)
                await sink.drain()

    async def _let_through(self, piece: bytes, sink: asyncio.StreamWriter) -> None:
        await self._hold()
        sink.write(piece)

    async def _spoil(self, piece: bytes, sink: asyncio.StreamWriter) -> None:
        await self._hold()
        if _happens(self.toxic.cut):
            raise ConnectionAbortedError
        await asyncio.sleep(self.toxic.delay)
        if not self.toxic.drip:
            sink.write(piece)
            return
        for byte in piece:
            sink.write(bytes([byte]))
            await asyncio.sleep(1 / self.toxic.drip if self.toxic.drip else 0)

    async def _hold(self) -> None:
        while self.toxic.blackhole:
            await asyncio.sleep(0.05)


def _happens(share: float) -> bool:
    return random.random() < share  # noqa: S311 - not a secret
