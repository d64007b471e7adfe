"""What the demo shows: a table a notice, one e-mail as its office sees it, the balance."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from cli.books import NoticeBooks

out = Console(highlight=False)
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
        table.add_row(each.number or "(no number)", short, *(str(count) for count in counts))
    out.print(table)


def refusals(refused: Sequence[tuple[str, str]]) -> None:
    """Files that could not be read, and why."""
    for name, why in refused:
        out.print(f"refused {name}: {why}", style="yellow", markup=False)


def letter(message: EmailMessage) -> None:
    """An e-mail as its office sees it."""
    body = message.get_body(("plain",))
    head = "\n".join(f"{name}: {message[name]}" for name in ("From", "To", "Subject", "Message-ID"))
    text = body.get_content() if body else ""
    out.print(Panel(f"{head}\n\n{text}".rstrip(), title="One of the e-mails", title_align="left"), markup=False)


def line(text: str, style: str = "") -> None:
    """One line."""
    out.print(text, style=style, markup=False)
