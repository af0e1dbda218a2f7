"""A Crawlee crawler that follows every link within the hosts of its seeds and saves the bodies.

python crawlee_spider.py SEEDS FOLDER CONNECTIONS
"""

from __future__ import annotations

import asyncio
import logging
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from crawlee import ConcurrencySettings
from crawlee.crawlers import ParselCrawler, ParselCrawlingContext
from crawlee.storage_clients import MemoryStorageClient


async def crawl(seeds: list[str], folder: Path, connections: int) -> None:
    """Crawl; queue and results stay in memory, nothing but the bodies is written."""
    crawler = ParselCrawler(
        storage_client=MemoryStorageClient(),
        concurrency_settings=ConcurrencySettings(
            min_concurrency=connections, desired_concurrency=connections, max_concurrency=connections
        ),
        max_request_retries=0,
        configure_logging=False,
        request_handler_timeout=timedelta(minutes=10),
    )

    @crawler.router.default_handler  # type: ignore[untyped-decorator]
    async def save(context: ParselCrawlingContext) -> None:
        parts = urlsplit(context.request.url)
        path = folder / parts.netloc / (parts.path.lstrip("/") or "index.html")
        if path.suffix == "" and parts.path.endswith("/"):
            path /= "index.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(await context.http_response.read())
        await context.enqueue_links(strategy="same-hostname")

    await crawler.run(seeds)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    asyncio.run(crawl(Path(sys.argv[1]).read_text("ascii").split(), Path(sys.argv[2]), int(sys.argv[3])))
