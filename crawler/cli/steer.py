"""`crawler steer`: hold a shared crawl back, let it go on, or end it, in all its workers."""

from __future__ import annotations

import asyncio
import importlib

import click

from crawler.export.extras import needed

__all__ = ["command"]


@click.command("steer")
@click.argument("action", type=click.Choice(["pause", "resume", "stop"]))
@click.argument("frontier", envvar="CRAWLER_FRONTIER", metavar="FRONTIER-URL")
def command(action: str, frontier: str) -> None:
    """Pause, resume or stop a shared crawl.

    What is being fetched is finished. A crawl that was stopped is continued by the line that began it; the same
    line with other options lets one that runs go on by those.

    \b
    Example:
      crawler steer pause redis://queue.example.org/0
      crawler steer stop redis://queue.example.org/0
    """
    needed("redis", "redis")
    steering = importlib.import_module("crawler.fleet.steering")
    click.echo(asyncio.run(steering.steer(frontier, action)))
