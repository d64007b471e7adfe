"""What the demo shows: a table of notices, one e-mail as its office sees it, what arrived."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cli.books import NoticeBooks
from demo.receivers import Mailbox, WebhookReceiver

_WIDTH = 118
out = Console(highlight=False, width=None if Console().is_terminal else _WIDTH)
_SUBJECT = 44


def notices(books: Sequence[NoticeBooks], subjects: dict[str, str]) -> None:
    """Recipients, delivered, held and unresolved of each notice."""
    table = Table("notice", "subject", title="What became of each notice", title_justify="left")
    for name in ("recipients", "delivered", "held", "unresolved"):
        table.add_column(name, justify="right")
    for each in books:
        subject = subjects.get(each.notice_id, "")
        short = subject if len(subject) <= _SUBJECT else subject[: _SUBJECT - 1] + "…"
        counts = (each.expanded, each.states["delivered"], each.states["held"], each.unresolved)
        table.add_row(each.number or "(no number)", Text(short), *(str(count) for count in counts))
    out.print(table)


def refusals(refused: Sequence[tuple[str, str]]) -> None:
    """Files that could not be read, and why."""
    for name, why in refused:
        line(f"refused {name}: {why}", "yellow")


def letter(message: EmailMessage) -> None:
    """An e-mail as its office sees it."""
    head = "\n".join(f"{name}: {message[name]}" for name in ("From", "To", "Subject", "Message-ID"))
    out.print(Panel(Text(f"{head}\n\n{text_of(message)}".rstrip()), title="One of the e-mails", title_align="left"))


def arrivals(mailbox: Mailbox, receiver: WebhookReceiver) -> None:
    """What came in at the offices' side, and how often more than once."""
    again = sum(count - 1 for count in receiver.taken.values())
    line(
        f"{len(mailbox.messages)} e-mails and {len(receiver.taken)} webhooks arrived, {again} of them more than once, "
        f"{sum(receiver.refused.values())} with a signature that does not match"
    )


def text_of(message: EmailMessage) -> str:
    """The plain text of an e-mail."""
    body = message.get_body(("plain",))
    return str(body.get_content()) if body else ""


def line(text: str, style: str = "") -> None:
    """One line."""
    out.print(text, style=style, markup=False)
