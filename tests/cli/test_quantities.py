import click
import pytest

from crawler.cli.quantities import COUNT, DURATION, PERCENT, SIZE


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (COUNT, "0", 0),
        (COUNT, " 42 ", 42),
        (COUNT, 7, 7),
        (PERCENT, "2.5", 2.5),
        (PERCENT, "100%", 100),
        (SIZE, "20MiB", 20 * 1024 * 1024),
        (DURATION, "1h30m", 5400),
        (DURATION, 2.5, 2.5),
    ],
)
def test_amounts_are_read(kind: click.ParamType[float], text: object, value: float) -> None:
    assert kind.convert(text, None, None) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *((COUNT, text) for text in ("", "-1", "1.5", "many", "\u0661", "9" * 19, True)),
        *((PERCENT, text) for text in ("", "-1", "101", "nan", "inf", "1e1")),
        *((SIZE, text) for text in ("", "-1MB", "huge")),
        *((DURATION, text) for text in ("", "-1s", "nan", "soon")),
    ],
)
def test_what_is_none_is_refused_with_an_example(kind: click.ParamType[float], text: object) -> None:
    with pytest.raises(click.BadParameter, match="write for example"):
        kind.convert(text, None, None)
