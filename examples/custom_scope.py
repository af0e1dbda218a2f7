"""Follow links to any host, but only where the URL has a word: `python custom_scope.py https://example.org/ tide moon`."""

import asyncio
import sys
from typing import Any

import crawler


async def main(url: str, *words: str, output: str = "output") -> list[str]:
    """Crawl; what is refused stands in the output with the rule's name (`crawler why URL`)."""
    stored = []

    async def only_words(request: crawler.Request) -> crawler.Decision | None:
        if request.url == url or any(word in request.url for word in words):
            return None
        return crawler.Decision(accepted=False, rule="no-word")

    options: dict[str, Any] = {"scope": "any", "assets": False, "max_pages": 500}
    async with crawler.Crawl([url], output=output, on_request=only_words, **options) as crawl:
        async for page in crawl:
            print(page.url)
            stored.append(page.url)
    return stored


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
