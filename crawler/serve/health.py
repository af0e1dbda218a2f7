"""Tell machines how the server is: alive, ready, and in figures (Prometheus text format 0.0.4)."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp import hdrs, web

from crawler.serve.booking import BookingState
from crawler.serve.keys import BOOKINGS, SHARING, SHELF, TRAFFIC, WATCHING
from crawler.serve.sharing import shared_figures
from crawler.serve.traffic import BUCKETS, Traffic
from crawler.standing import Counts
from crawler.version import VERSION

__all__ = ["add_routes"]

_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def add_routes(router: web.UrlDispatcher) -> None:
    """Lead the paths that machines look at here."""
    router.add_get("/healthz", healthz)
    router.add_get("/readyz", readyz)
    router.add_get("/metrics", metrics)


async def healthz(request: web.Request) -> web.Response:  # noqa: ARG001 - the signature of a handler
    """The process answers."""
    return web.json_response({"status": "ok", "version": VERSION})


async def readyz(request: web.Request) -> web.Response:
    """The output can be read; 503 if it cannot."""
    async with request.app[SHELF].reader() as reader:
        await reader.ledger.counts()
    return web.json_response({"status": "ready"})


async def metrics(request: web.Request) -> web.Response:
    """Figures of the output, the crawls and the server itself."""
    async with request.app[SHELF].reader() as reader:
        counts = await reader.ledger.counts()
    states = [booking.state for booking in request.app[BOOKINGS].all()]
    lines = [*_of_crawl(counts), *_of_traffic(request.app[TRAFFIC])]
    lines += _family("crawler_crawls", "gauge", "Crawls that are remembered, by state.")
    lines += [f'crawler_crawls{{state="{state}"}} {states.count(state)}' for state in BookingState]
    for name, kind, text, figures in shared_figures(await request.app[SHARING].look()):
        lines += _family(f"crawler_{name}", kind, text)
        lines += [f"crawler_{name}{labels} {float(value):.15g}" for labels, value in figures]
    lines += _family("crawler_watchers", "gauge", "Listeners of the event stream.")
    lines.append(f"crawler_watchers {request.app[WATCHING].listeners}")
    lines += _family("crawler_build_info", "gauge", "The version of this software.")
    lines.append(f'crawler_build_info{{version="{VERSION}"}} 1')
    return web.Response(text="\n".join(lines) + "\n", headers={hdrs.CONTENT_TYPE: _METRICS_TYPE})


def _of_crawl(counts: Counts) -> Iterator[str]:
    yield from _family("crawler_urls", "gauge", "Known URLs by state.")
    for state in ("queued", "claimed", "done", "failed", "excluded"):
        yield f'crawler_urls{{state="{state}"}} {getattr(counts, state)}'
    for name, value, text in (
        ("hosts", counts.hosts, "Known hosts."),
        ("run_pages", counts.pages, "HTML pages stored in the last run."),
        ("run_requests", counts.requests, "Requests made in the last run."),
        ("run_received_bytes", counts.wire_bytes, "Body bytes received in the last run."),
        ("run_retries", counts.retries, "URLs that went back for another try in the last run."),
    ):
        yield from _family(f"crawler_{name}", "gauge", text)
        yield f"crawler_{name} {value}"


def _of_traffic(traffic: Traffic) -> Iterator[str]:
    yield from _family("crawler_http_requests_total", "counter", "Requests that this server answered.")
    for (method, status), answers in sorted(traffic.answers.items()):
        yield f'crawler_http_requests_total{{method="{method}",status="{status}"}} {answers}'
    total = traffic.answers.total()
    yield from _family("crawler_http_request_seconds", "histogram", "Seconds from a request to its answer.")
    for most in BUCKETS:
        yield f'crawler_http_request_seconds_bucket{{le="{most}"}} {traffic.within[most]}'
    yield f'crawler_http_request_seconds_bucket{{le="+Inf"}} {total}'
    yield f"crawler_http_request_seconds_sum {traffic.seconds:.6f}"
    yield f"crawler_http_request_seconds_count {total}"
    yield from _family("crawler_http_requests_under_way", "gauge", "Requests that are being answered.")
    yield f"crawler_http_requests_under_way {traffic.under_way}"


def _family(name: str, kind: str, text: str) -> list[str]:
    return [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
