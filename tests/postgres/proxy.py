"""A way to the server that leaves out what the guard says: notices whose SQLSTATE is 42R01.

Run as a program: proxy.py SOCKET OF_SERVER COUNTS. It listens on the Unix socket SOCKET, passes each connection on to
the socket OF_SERVER, and hands on every message of the server byte by byte, but for the warnings of violations. When it
is terminated, it writes into the file COUNTS how many of them it left out, by their first words, as JSON.

The text that a client prints could not be filtered so exactly: how much of a message psql prints is a setting, and
DETAIL and HINT have several lines that look like any other.
"""

import asyncio
import collections
import json
import pathlib
import signal
import sys

VIOLATION = "42R01"
NOTICE = ord("N")


def fields(body):
    """The fields of a notice, by their letters."""
    return {part[:1].decode(): part[1:].decode(errors="replace") for part in body.split(b"\0") if part}


class Filter:
    """Takes the server's bytes as they come, and gives back those that are handed on."""

    def __init__(self, dropped):
        self.rest = b""
        self.dropped = dropped

    def pass_on(self, data):
        data = self.rest + data
        kept, start = [], 0
        begun = 0
        while len(data) - start >= 5:
            end = start + 1 + int.from_bytes(data[start + 1 : start + 5], "big")
            if end > len(data):
                break
            if data[start] == NOTICE:
                notice = fields(data[start + 5 : end])
                if notice["C"] == VIOLATION:
                    self.dropped[notice["V"]] += 1
                    kept.append(data[begun:start])
                    begun = end
            start = end
        kept.append(data[begun:start])
        self.rest = data[start:]
        return b"".join(kept)


async def copy(reader, writer, change):
    try:
        while data := await reader.read(1 << 16):
            writer.write(change(data))
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def serve(socket, of_server, counts):
    dropped = collections.Counter()

    async def connect(reader, writer):
        from_server, to_server = await asyncio.open_unix_connection(of_server)
        await asyncio.gather(
            copy(reader, to_server, lambda data: data), copy(from_server, writer, Filter(dropped).pass_on)
        )

    server = await asyncio.start_unix_server(connect, socket, backlog=200)
    pathlib.Path(socket).chmod(0o777)
    print("ready", flush=True)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    server.close()
    pathlib.Path(counts).write_text(json.dumps(dropped))


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
