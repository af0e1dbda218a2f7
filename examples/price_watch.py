"""Say which prices have changed since the last time: `python price_watch.py https://shop.example/`, every night."""

import asyncio
import json
import sys
from pathlib import Path

import crawler

RULES = Path(__file__).with_name("shop_rules.toml")


async def main(url: str, output: str = "output") -> int:
    """Take the prices by the rules, and compare them with those of the last run."""
    known = Path(output) / "prices.json"
    prices = json.loads(known.read_text("utf-8")) if known.is_file() else {}

    async def compare(item: crawler.Item) -> None:
        if item.name == "product":
            before, now = prices.get(item.source_url), item.values["price"]
            if before is not None and before != now:
                print(f"{item.values['title']}: {before} -> {now}  {item.source_url}")
            prices[item.source_url] = now

    async with crawler.Crawl([url], output=output, rules=str(RULES), on_item=compare) as crawl:
        report = await crawl.run()
    for warning in report.warnings:
        print(warning, file=sys.stderr)
    known.write_text(json.dumps(prices, indent=1), "utf-8")
    return report.exit_code()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
