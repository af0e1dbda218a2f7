"""Judge by the rules that the last run went by, as it wrote them down."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

from crawler.body import Spool
from crawler.errors import DamageError, StorageError
from crawler.evidence import choose
from crawler.frontier.protocol import Ledger
from crawler.model import Capture
from crawler.options import KeepOptions, ScopeOptions
from crawler.originals import Originals
from crawler.output import Output
from crawler.renderer import evidence_in, is_unrendered
from crawler.standing import Run
from crawler.templatefile import Templates
from crawler.templates import template_of
from crawler.traps import Traps

__all__ = ["scope_options_of", "traps_of", "unrendered_because"]


def scope_options_of(run: Run) -> ScopeOptions:
    """Which links it followed."""
    stored: dict[str, Any] = json.loads(run.options)
    names = ScopeOptions.__dataclass_fields__
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in stored.items()
    }
    return ScopeOptions(**{key: value for key, value in values.items() if key in names})


def traps_of(run: Run) -> Traps:
    """What kept it out of sites without end; what it has seen is forgotten."""
    return Traps(datetime.fromtimestamp(run.started_at, UTC).year, scope_options_of(run).traps_off)


async def unrendered_because(good: Capture, run: Run, ledger: Ledger, output: Output) -> str:
    """Why a page is read as it was sent though the run rendered; "": it is no such page.

    Args:
        good: its good copy.
        run: the last one.
        ledger: of the output.
        output: with what is remembered of templates.
    """
    render = json.loads(run.options).get("render", "never")
    if not is_unrendered(good, KeepOptions(render=render)):
        return ""
    if render == "always":
        return "no browser could do it when it was fetched"
    try:
        body = await Originals(output.archive, ledger, Spool()).read(good)
        evidence = await evidence_in(body, good.content_type)
        template, templates = template_of(good.url), Templates(output.templates)
        known = await asyncio.to_thread(templates.known, template, has_signs=bool(evidence.signs))
    except DamageError:
        raise
    except StorageError as error:
        return f"nobody can tell: {error}"
    choice = choose(evidence, known, template)
    return "its scripts brought hardly a word or link" if choice.renders else choice.reason
