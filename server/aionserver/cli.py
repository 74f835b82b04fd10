"""The command `aionvision`."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from pydantic import ValidationError

from aionserver import __version__
from aionserver.infra.gate import wait_at_gate
from aionserver.infra.heap import lasting
from aionserver.infra.settings import Settings, read_settings, settings_problem

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
keys = typer.Typer(no_args_is_help=True, help="API keys of the first tenant.")
cli.add_typer(keys, name="keys")
audit = typer.Typer(no_args_is_help=True, help="The audit log: who changed what, and what was refused.")
cli.add_typer(audit, name="audit")
usage = typer.Typer(no_args_is_help=True, help="The ledger of what was used.")
cli.add_typer(usage, name="usage")
credit = typer.Typer(no_args_is_help=True, help="Prepaid credits.")
cli.add_typer(credit, name="credits")

models = typer.Typer(no_args_is_help=True, help="Files of local language models (GGUF).")
cli.add_typer(models, name="models")

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Folder of the database, objects and secrets.")]


def _settings(data_dir: Path | None = None, **changes: object) -> Settings:
    given = {name: value for name, value in {"data_dir": data_dir, **changes}.items() if value is not None}
    return Settings.model_validate({**read_settings().model_dump(exclude_unset=True), **given})


@cli.callback(invoke_without_command=True)
def about(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Aionvision: find your pictures by what they show."""
    if version:
        typer.echo(__version__)
        raise typer.Exit


@cli.command()
def serve(
    data_dir: DataDir = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    workers: Annotated[int | None, typer.Option(help="Worker processes.")] = None,
) -> None:
    """Run everything: the database, migrations, the API and workers, until Ctrl-C."""
    from aionserver.serving import serve_all

    serve_all(_settings(data_dir, host=host, port=port, workers=workers))


@cli.command()
def api(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    fd: Annotated[int | None, typer.Option(help="An inherited listening socket instead.", hidden=True)] = None,
) -> None:
    """Run one API process; the database is `AIONVISION_DATABASE_URL`."""
    with lasting():
        import uvicorn

        from aionserver.app import create_app
        from aionserver.infra.telemetry import configure_logging
        from aionserver.infra.web.heads import BoundedHttp

    settings = _settings(host=host, port=port)
    configure_logging(settings)
    wait_at_gate()
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        fd=fd,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
        timeout_keep_alive=65,
        lifespan="on",
        http=BoundedHttp,
    )


@cli.command()
def worker() -> None:
    """Run one worker process; the database is `AIONVISION_DATABASE_URL`."""
    with lasting():
        from aionserver.infra.telemetry import configure_logging
        from aionserver.worker import run

    settings = _settings()
    configure_logging(settings)
    wait_at_gate()
    run(settings)


@cli.command()
def migrate(data_dir: DataDir = None) -> None:
    """Bring the database to this version's schema."""
    from aionserver.infra.database import migrate as migrate_database
    from aionserver.serving import database_of

    with database_of(_settings(data_dir)) as urls:
        migrate_database(urls.owner)
    typer.echo("The database is up to date.")


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Option(help="What the key is for.")],
    data_dir: DataDir = None,
    role: Annotated[str, typer.Option(help="viewer, editor or admin.")] = "editor",
) -> None:
    """Make an API key and print it; it can't be shown again."""
    from aionserver.preparing import make_operator_key
    from aionserver.serving import database_of

    if role not in ("viewer", "editor", "admin"):
        raise typer.BadParameter("must be viewer, editor or admin", param_hint="--role")
    with database_of(_settings(data_dir)) as urls:
        typer.echo(make_operator_key(urls, name, role))


@audit.command("export")
def export_audit_log(
    data_dir: DataDir = None,
    tenant: Annotated[str | None, typer.Option(help="Id of a tenant. Default: all, and what belongs to none.")] = None,
    since: Annotated[str | None, typer.Option(help="From this date or time (ISO 8601, UTC).")] = None,
    until: Annotated[str | None, typer.Option(help="Until this date or time, included.")] = None,
    output: Annotated[Path | None, typer.Option(help="File to write. Default: standard output.")] = None,
) -> None:
    """Print the audit log as lines of JSON, a tenant after the other, the oldest entries first."""
    from aionserver import audit_export

    count = audit_export.export(_settings(data_dir), tenant, since, until, output)
    if output is not None:
        typer.echo(f"{count} entries are in {output}.", err=True)


@cli.command()
def mails(
    data_dir: DataDir = None,
    every: Annotated[bool, typer.Option("--all", help="Also those that were sent.")] = False,
    most: Annotated[int, typer.Option(help="How many at most.", min=1, max=10_000)] = 50,
) -> None:
    """Print e-mail that was not sent, newest first, with the links in it."""
    from aionserver import mailbox
    from aionserver.serving import database_of

    settings = _settings(data_dir)
    with database_of(settings) as urls:
        typer.echo(mailbox.letters(urls, settings, most, with_sent=every))


@cli.command()
def support(
    data_dir: DataDir = None,
    most: Annotated[int, typer.Option(help="How many at most.", min=1, max=10_000)] = 50,
) -> None:
    """Print messages to support, newest first."""
    from aionserver import mailbox
    from aionserver.serving import database_of

    with database_of(_settings(data_dir)) as urls:
        typer.echo(mailbox.support_messages(urls, most))


@cli.command()
def openapi() -> None:
    """Print the OpenAPI document; starts nothing."""
    from aionserver.app import describe_app

    typer.echo(json.dumps(describe_app().openapi(), indent=2, ensure_ascii=False))


@cli.command()
def doctor(data_dir: DataDir = None) -> None:
    """Check what the server needs, and say what to do about what is missing."""
    from aionserver.doctor import examine

    findings = examine(_settings(data_dir))
    for finding in findings:
        typer.echo(f"{'ok  ' if finding.is_fine else 'FAIL'} {finding.subject}: {finding.text}")
    raise typer.Exit(0 if all(finding.is_fine for finding in findings) else 1)


@cli.command()
def verify(
    data_dir: DataDir = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Remove bytes that no file has, and go on with files that stand still.")
    ] = False,
    content: Annotated[
        bool, typer.Option("--content", help="Also read every original and compare its SHA-256.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Check that rows, objects, charges and jobs agree; exit status 1 when something does not."""
    from aionserver import verifying

    report = verifying.verify(_settings(data_dir), repair=repair, content=content)
    typer.echo(verifying.as_json(report) if as_json else verifying.as_text(report))
    raise typer.Exit(0 if verifying.agrees(report) else 1)


@usage.command("reconcile")
def reconcile(
    data_dir: DataDir = None,
    repair: Annotated[bool, typer.Option("--repair", help="Make the totals that differ anew.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Compute the totals anew from the ledger and print what differs; exit status 1 when something does."""
    from aionserver import verifying, wiring

    report = verifying.verify(_settings(data_dir), repair=repair, checks=wiring.USAGE_CHECKS)
    typer.echo(verifying.as_json(report) if as_json else verifying.as_text(report))
    raise typer.Exit(0 if verifying.agrees(report) else 1)


@credit.command("grant")
def grant_credits(
    credits: Annotated[int | None, typer.Option(min=1, max=1_000_000_000, help="How many.")] = None,  # noqa: A002
    pack: Annotated[str | None, typer.Option(help="Instead: pack_250, pack_1000 or pack_2500.")] = None,
    tenant: Annotated[UUID | None, typer.Option(help="Id of the tenant; without it, the first one.")] = None,
    reference: Annotated[
        str | None, typer.Option(help="Such as an invoice number: the same one again gives nothing.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Give a tenant prepaid credits; they are used when a month's own are, and do not expire."""
    from aionserver.crediting import PACKS, grant

    amount = credits if pack is None else PACKS.get(pack) if credits is None else None
    if amount is None:
        raise typer.BadParameter(f"give --credits, or --pack with one of {', '.join(PACKS)}")
    typer.echo(grant(_settings(data_dir), amount, tenant, reference))


@models.command("pull")
def pull_model(
    url: Annotated[str, typer.Argument(help="Address of a .gguf file.")],
    sha256: Annotated[str, typer.Option(help="Its SHA-256, as the file's page shows it.")],
    data_dir: DataDir = None,
) -> None:
    """Fetch the file of a language model; a download that broke off goes on where it was."""
    from aionserver import model_files

    typer.echo(model_files.pull(_settings(data_dir), url, sha256, lambda text: typer.echo(text, err=True)))


@models.command("list")
def list_models(data_dir: DataDir = None) -> None:
    """Print the files that were fetched."""
    from aionserver import model_files

    for line in model_files.listed(_settings(data_dir)):
        typer.echo(line)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; an expected fault is one sentence, not a traceback."""
    from aionserver.infra.embedded_postgres import EmbeddedPostgresError
    from aionserver.infra.errors import AionError

    try:
        cli(args=list(arguments) if arguments is not None else None, prog_name="aionvision")
    except (AionError, EmbeddedPostgresError) as error:
        typer.echo(f"aionvision: {error}", err=True)
        sys.exit(1)
    except OSError as error:
        typer.echo(f"aionvision: {error.strerror or error}: {error.filename or ''}".rstrip(": "), err=True)
        sys.exit(1)
    except ValidationError as error:
        typer.echo(f"aionvision: {settings_problem(error)}", err=True)
        sys.exit(2)
