"""Walk through a JSON interface page by page: `python api_crawl.py 'https://example.org/api/list?page=1'`."""

import asyncio
import json
import sys
from collections.abc import Iterable

import crawler


async def main(url: str, output: str = "output") -> int:
    """Print each result as a line; everything that was answered lies in the archive."""
    results = 0

    async def on_response(response: crawler.Response) -> Iterable[str]:
        nonlocal results
        if response.status != 200:
            return []
        answer = json.loads(response.body.read())
        for result in answer["results"]:
            print(json.dumps(result))
            results += 1
        return [answer["next"]] if answer["next"] else []

    async with crawler.Crawl([url], output=output, mirror=False, on_response=on_response) as crawl:
        await crawl.run()
    return results


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
