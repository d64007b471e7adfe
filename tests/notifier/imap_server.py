"""A mailbox over IMAP and TLS on loopback: LOGIN, SELECT, UID SEARCH UNSEEN, UID FETCH, UID STORE, LOGOUT."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class ImapServer:
    """Mails by uid, each with its flags. `refuse` names commands that are answered with NO, `drop` one that is not."""

    password: str = "s3cret-pass"
    mails: dict[int, bytes] = field(default_factory=dict)
    flags: dict[int, set[str]] = field(default_factory=dict)
    refuse: set[str] = field(default_factory=set)
    drop: str = ""
    port: int = 0
    commands: list[str] = field(default_factory=list)

    def put(self, uid: int, raw: bytes) -> None:
        self.mails[uid], self.flags[uid] = raw, set()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            writer.write(b"* OK ready\r\n")
            while line := await reader.readline():
                tag, _, said = line.decode().strip().partition(" ")
                command = " ".join(said.split()[: 2 if said.upper().startswith("UID") else 1]).upper()
                self.commands.append(command)
                if command == self.drop:
                    break
                answer, words = self._answer(command, said)
                kind = "NO" if command in self.refuse else words
                writer.write(answer + f"{tag} {kind} done {self.password}\r\n".encode())
                await writer.drain()
                if command == "LOGOUT":
                    break
        writer.close()

    def _answer(self, command: str, said: str) -> tuple[bytes, str]:
        if command == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1\r\n", "OK"
        if command == "LOGIN":
            return b"", "OK" if f'"{self.password}"' in said else "NO"
        if command == "SELECT":
            return f"* {len(self.mails)} EXISTS\r\n* OK [UIDVALIDITY 1]\r\n".encode(), "OK"
        if command == "UID SEARCH":
            unseen = [str(uid) for uid in reversed(self.mails) if "\\Seen" not in self.flags[uid]]
            return f"* SEARCH {' '.join(unseen)}\r\n".encode(), "OK"
        if command == "UID FETCH":
            return self._fetched(int(said.split()[2]), said), "OK"
        if command == "UID STORE":
            for uid in map(int, said.split()[2].split(",")):
                self.flags[uid] |= set(re.findall(r"\\\w+", said))
        return b"", "OK"

    def _fetched(self, uid: int, said: str) -> bytes:
        assert "BODY.PEEK[]<0." in said
        raw = self.mails.get(uid)
        if raw is None:
            return b""
        part = raw[: int(said.partition("<0.")[2].partition(">")[0])]
        return f"* 1 FETCH (UID {uid} BODY[]<0> {{{len(part)}}}\r\n".encode() + part + b")\r\n"


@asynccontextmanager
async def imap_server(tls: ssl.SSLContext | None) -> AsyncIterator[ImapServer]:
    """The server on a free port."""
    made = ImapServer()
    server = await asyncio.start_server(made.talk, "127.0.0.1", 0, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()
