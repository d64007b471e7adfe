"""The `noinhan` command: one module a group of subcommands, gathered here.

Exit statuses: 0 done; 1 the answer is no (a file was rejected, the books do not balance, nothing was
found); 2 the call's words are wrong; 3 a service or the broker could not be reached, or has yet to speak.
"""

from __future__ import annotations

import typer

from cli import (
    audit,
    balance,
    broker,
    deliveries,
    directory,
    endpoints,
    evidence,
    keys,
    overdue,
    parse,
    plan,
    recall,
    retention,
    review,
    run,
    serve,
    submit,
    trace,
    unresolved,
    why,
)

app = typer.Typer(
    name="noinhan",
    help="Carries Vietnamese official notices to the offices that must act on them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("parse")(parse.parse)
app.command("plan")(plan.plan)
app.command("submit")(submit.submit)
app.command("recall")(recall.recall)
app.command("trace")(trace.trace)
app.command("why")(why.why)
app.command("why-not", help="The same: it answers either way.")(why.why)
app.command("balance")(balance.balance)
app.command("overdue")(overdue.overdue)
app.command("audit")(audit.audit)
app.command("evidence")(evidence.evidence)
app.command("up")(run.up)
app.command("down")(run.down)
app.command("status")(run.status)
app.command("serve")(serve.serve)
app.add_typer(broker.commands, name="broker")
app.add_typer(deliveries.dead_letters, name="dead")
app.add_typer(deliveries.commands, name="deliveries")
app.add_typer(directory.commands, name="directory")
app.add_typer(endpoints.commands, name="endpoints")
app.add_typer(keys.commands, name="keys")
app.add_typer(retention.commands, name="retention")
app.add_typer(review.commands, name="review")
app.add_typer(unresolved.commands, name="unresolved")

if __name__ == "__main__":
    app()
