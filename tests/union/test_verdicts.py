"""What crawl.log alone tells is read from it, and nothing else is."""

from __future__ import annotations

from pathlib import Path

from crawler.model import State
from crawler.union.verdicts import verdicts

AT = "2026-11-28T06:30:00Z"
LOG = f"""\
{AT} 200 5 text/html - https://a.example/ - sha256:00 done
{AT} timeout - - LLE https://a.example/slow.png https://a.example/p - failed timeout: after 60 s
{AT} robots - - L https://a.example/secret https://a.example/ - excluded robots: Disallow: /secret
{AT} - - - - https://b.example/ - - done no https (connect: refused); http is asked instead
{AT} - - - - https://c.example/ - - done
{AT} 404 9 text/html L https://a.example/none https://a.example/ sha256:11 failed http_404
{AT} timeout - - L https://a.example/again https://a.example/ - retry timeout
yesterday timeout - - L https://a.example/x https://a.example/ - failed timeout
{AT} timeout - - Q https://a.example/y https://a.example/ - failed timeout
{AT} timeout - - L nowhere https://a.example/ - failed timeout
\x1b torn
"""


def test_refusals_and_failures_without_an_answer(tmp_path: Path) -> None:
    path = tmp_path / "crawl.log"
    path.write_text(LOG)
    slow, secret, bare = verdicts(path, 0, len(LOG))
    assert (slow.state, slow.reason) == (State.FAILED, "timeout: after 60 s")
    assert (slow.candidate.depth, slow.candidate.hops, slow.candidate.is_requisite) == (2, "LLE", True)
    assert slow.at == 1_795_847_400.0
    assert (secret.state, secret.reason) == (State.EXCLUDED, "robots: Disallow: /secret")
    assert (secret.candidate.via, secret.candidate.is_seed) == ("https://a.example/", False)
    assert secret.over_http is None
    assert bare.candidate.is_seed
    assert bare.over_http is not None
    assert (bare.over_http.url, bare.over_http.via) == ("http://b.example/", "https://b.example/")


def test_only_a_stretch_is_read(tmp_path: Path) -> None:
    path = tmp_path / "crawl.log"
    path.write_text(LOG)
    first = LOG.index("\n") + 1
    assert len(list(verdicts(path, first, LOG.index("\n", first) + 1))) == 1
    assert list(verdicts(tmp_path / "none", 0, 100)) == []
