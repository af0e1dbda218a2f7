"""A Scrapy spider that follows every link within the hosts of its seeds and saves the bodies.

python scrapy_spider.py SEEDS FOLDER CONNECTIONS
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.linkextractors import LinkExtractor


class Saving(scrapy.Spider):  # type: ignore[misc]
    """Asks for the seeds, and for whatever they lead to on their hosts."""

    name = "saving"
    folder: Path
    links: Any

    def parse(self, response: Any) -> Iterator[Any]:
        """Save a body and follow its links."""
        parts = urlsplit(response.url)
        path = self.folder / parts.netloc / (parts.path.lstrip("/") or "index.html")
        if path.suffix == "" and parts.path.endswith("/"):
            path /= "index.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(response.body)
        if isinstance(response, scrapy.http.HtmlResponse):
            for link in self.links.extract_links(response):
                yield response.follow(link, self.parse)


def main() -> None:
    """Crawl."""
    seeds = Path(sys.argv[1]).read_text("ascii").split()
    connections = int(sys.argv[3])
    process = CrawlerProcess(
        {
            "CONCURRENT_REQUESTS": connections,
            "CONCURRENT_REQUESTS_PER_DOMAIN": connections,
            "DOWNLOAD_DELAY": 0,
            "ROBOTSTXT_OBEY": False,
            "AUTOTHROTTLE_ENABLED": False,
            "COOKIES_ENABLED": False,
            "RETRY_ENABLED": False,
            "TELNETCONSOLE_ENABLED": False,
            "LOG_LEVEL": "CRITICAL",
        }
    )
    hosts = {urlsplit(each).netloc for each in seeds}
    Saving.folder = Path(sys.argv[2])
    # It compares the whole of host and port with these.
    Saving.links = LinkExtractor(allow_domains=hosts)
    process.crawl(Saving, start_urls=seeds)
    process.start()


if __name__ == "__main__":
    main()
