"""Undo the content codings of an answer: at once where that is quick, else in a thread."""

from __future__ import annotations

import asyncio

from crawler.body import SMALL_BYTES, Body, Spool
from crawler.coding import (
    BodyTooLargeError,
    CodingError,
    TooManyLayersError,
    decode_small,
    decoded,
    layers_of,
)
from crawler.errors import PermanentError, TransientError
from crawler.exchange import Head
from crawler.media import essence

__all__ = ["decode"]


async def decode(wire: Body, head: Head, most_bytes: int, spool: Spool) -> Body:
    """What the body is without its content codings; the same object if there is none to undo.

    Args:
        wire: as sent.
        head: of the answer.
        most_bytes: that may come out of any layer.
        spool: where a large one goes.

    Raises:
        PermanentError: `too_large`: more came out; `protocol`: more codings than anybody needs.
        TransientError: `incomplete`: damaged or cut off.
        StorageError: the disk is full or failed.
    """
    if not wire.size_bytes:
        return wire
    try:
        layers = layers_of(head.joined("content-encoding"), essence(head.header("content-type")))
        return await _decode(wire, layers, most_bytes, spool) if layers else wire
    except BodyTooLargeError:
        raise PermanentError("too_large", f"decoded to more than {most_bytes} bytes") from None
    except TooManyLayersError as error:
        raise PermanentError("protocol", str(error)) from None
    except CodingError as error:
        raise TransientError("incomplete", f"content coding: {error}") from None


async def _decode(wire: Body, layers: tuple[str, ...], most_bytes: int, spool: Spool) -> Body:
    if wire.path is None:
        quick = decode_small(wire.read(), layers, min(most_bytes, SMALL_BYTES))
        if quick is not None:
            return Body.of(quick)
    return await asyncio.to_thread(spool.keep, decoded(wire.chunks(), layers, most_bytes))
