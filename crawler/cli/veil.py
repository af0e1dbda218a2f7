"""Keep credentials of the command line out of the process list, where every user of the machine reads them.

What a process was started with is shown as long as it runs. Where that holds a credential, the process
starts itself again in its own place (exec: same process id) with `***` instead, and hands itself the
real words through a pipe. For the few milliseconds before that they can be seen; what must never be seen
stands in crawler.toml, in the environment, or in a file.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress

from crawler.errors import UsageError

__all__ = ["masked", "unveiled"]

_VARIABLE = "CRAWLER_VEILED"
_FLAGS = ("--auth", "--header", "--notify", "--proxy")
_USERINFO = re.compile(r"(?<=//)[^/?#\\]*@")
_PASSWORD = re.compile(r"(?<=[?&]password=)[^&#]*")


def masked(arguments: Sequence[str]) -> list[str]:
    """The arguments with `***` for every credential: of `--auth`, `--header`, `--notify`, and of any URL."""
    shown = []
    flag = ""
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if equals and name in _FLAGS:
            shown.append(f"{name}={_masked_value(name, value)}")
            flag = ""
        else:
            shown.append(_masked_value(flag, argument))
            flag = argument if argument in _FLAGS else ""
    return shown


def _masked_value(flag: str, value: str) -> str:
    if flag == "--auth":
        return f"***@{value.rpartition('@')[2]}" if "@" in value else "***"
    if flag == "--header":
        name, colon, _ = value.partition(":")
        return f"{name}: ***" if colon else "***"
    if flag == "--notify":
        # Who knows such an address may write there.
        return f"{value.partition('://')[0]}://***"
    return _PASSWORD.sub("***", _USERINFO.sub("***@", value))


def unveiled(arguments: Sequence[str]) -> list[str]:
    """The arguments that were really given; where they hold a credential, starts the process again first.

    Args:
        arguments: of this process, without its name.

    Raises:
        UsageError: the credentials are longer than a pipe holds.
    """
    handed = os.environ.pop(_VARIABLE, "")
    if handed.isdigit():
        return _taken_over(int(handed), arguments)
    shown = masked(arguments)
    count = len(arguments)
    is_ours = bool(sys.executable) and count > 0 and sys.orig_argv[-count:] == list(arguments)
    if shown == list(arguments) or not is_ours:
        return list(arguments)
    reading = _handed_over({n: real for n, real in enumerate(arguments) if real != shown[n]})
    os.environ[_VARIABLE] = str(reading)
    with suppress(OSError):  # then it goes on as it is
        os.execv(sys.executable, [*sys.orig_argv[:-count], *shown])  # noqa: S606 - the same program again
    del os.environ[_VARIABLE]
    os.close(reading)
    return list(arguments)


def _handed_over(real: dict[int, str]) -> int:
    """The end of a pipe, kept open by exec, that holds the arguments that are not shown."""
    data = json.dumps(real).encode()
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    try:
        written = os.write(writing, data)
    except BlockingIOError:
        written = 0
    finally:
        os.close(writing)
    if written < len(data):
        os.close(reading)
        raise UsageError("credentials this long do not belong on a command line; write them to crawler.toml")
    os.set_inheritable(reading, True)  # noqa: FBT003 - it has no name
    return reading


def _taken_over(reading: int, arguments: Sequence[str]) -> list[str]:
    given = list(arguments)
    try:
        with open(reading, "rb") as pipe:
            real = json.loads(pipe.read())
        for number, argument in real.items():
            given[int(number)] = argument
    except (OSError, ValueError, IndexError, AttributeError):
        raise UsageError(f"{_VARIABLE} is set, which is crawler's own; unset it") from None
    return given
