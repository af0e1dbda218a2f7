"""A practice shop: lists over pages, products with variants, a JSON interface, deals that only a script shows; and the truth."""

from __future__ import annotations

import json
from typing import Any

from tests.web import OWN, Said, Web, typed

__all__ = ["DEALS", "PRODUCTS", "RULES", "deals", "products", "shop"]

PRODUCTS = 7
DEALS = 3
_A_PAGE = 3

RULES = r"""
[[item]]
name = "product"
url = '/products/\d+$'

[item.fields]
id = { url = '/products/(\d+)$', type = "integer" }
title = { css = "h1", required = true }
price = { css = ".price", type = "number", decimal = ",", required = true }
sku = { json_ld = "Product.sku" }
image = { opengraph = "image", type = "url" }
tags = { css = ".tags li", list = true }

[item.fields.variants]
css = ".variant"
list = true
fields = { size = ".size", left = { css = ".left", type = "integer", match = '(\d+) left', default = 0 } }

[[item]]
name = "deal"
url = '/deals/\d+$'

[item.fields]
id = { url = '/deals/(\d+)$', type = "integer" }
title = { css = "h1", required = true }
price = { css = ".price", type = "number", decimal = ",", required = true }
sku = { json_ld = "Product.sku" }
sizes = { css = ".size", list = true }

[[item]]
name = "hit"
from = "json"
each = "results"
fields = { id = { path = "id", type = "integer" }, title = "title" }

[[follow]]
url = '/list'
css = "[data-next]"
attribute = "data-next"

[[follow]]
url = '/api/'
path = "next"
"""


# The same for every page of the deals: which it is stands in its address, and what it says comes by a second request.
_DEALS = """
const root = document.getElementById("root");
const number = location.pathname.split("/")[2];
const element = (name, text, more = {}) => Object.assign(document.createElement(name), {textContent: text, ...more});
fetch(number ? `/api/deals/${number}` : "/api/deals").then(answer => answer.json()).then(told => {
    root.replaceChildren();
    if (!number) {
        for (const each of told) root.append(element("a", each.title, {href: `/deals/${each.id}`}));
        return;
    }
    root.append(element("h1", told.title), element("p", `${told.price.toFixed(2).replace(".", ",")} \u20ac`, {className: "price"}));
    for (const each of told.sizes) root.append(element("b", each, {className: "size"}));
    document.title = told.title;
    root.append(element("script", JSON.stringify({"@type": "Product", sku: told.sku}), {type: "application/ld+json"}));
});
"""


def shop() -> Web:
    """The shop; its next pages are no links, as in pages that load more by script."""
    says: dict[str, Said | list[Said]] = {OWN: _page("Shop", '<a href="list?page=1">all</a>')}
    pages = range(1, (PRODUCTS - 1) // _A_PAGE + 2)
    for page in pages:
        ids = range((page - 1) * _A_PAGE + 1, min(page * _A_PAGE, PRODUCTS) + 1)
        links = "".join(f'<a href="products/{each}">{each}</a>' for each in ids)
        more = f'<button data-next="list?page={page + 1}">more</button>' if page < len(pages) else ""
        says[f"{OWN}list?page={page}"] = _page(f"Page {page}", links + more)
        results: dict[str, Any] = {
            "results": [{"id": each, "title": _title(each)} for each in ids],
            "next": f"list?page={page + 1}" if page < len(pages) else None,
        }
        says[f"{OWN}api/list?page={page}"] = typed(json.dumps(results), "application/json")
    for each in range(1, PRODUCTS + 1):
        says[f"{OWN}products/{each}"] = _product(each)
        says[f"{OWN}products/{each}.png"] = b"\x89PNG"
    says |= _deals()
    return Web(says)


def deals() -> list[dict[str, Any]]:
    """What the rules take of the deals, once they are rendered."""
    return [
        {
            "id": each,
            "title": f"Deal <{each}> \u00e9",
            "price": 10.0 * each + 0.25,
            "sku": f"d-{each}",
            "sizes": ["S", "M", "L"][:each],
        }
        for each in range(1, DEALS + 1)
    ]


def _deals() -> dict[str, Said | list[Said]]:
    shell = _page(
        "Deals", '<div id="root">Loading</div><noscript>Please enable JavaScript.</noscript>'
    ).replace("<h1>Deals</h1>", '<script src="/deals.js" defer></script>')
    says: dict[str, Said | list[Said]] = {
        f"{OWN}deals": shell,
        f"{OWN}deals.js": typed(_DEALS, "text/javascript"),
        f"{OWN}api/deals": typed(json.dumps(deals()), "application/json"),
    }
    for each in deals():
        says[f"{OWN}deals/{each['id']}"] = shell
        says[f"{OWN}api/deals/{each['id']}"] = typed(json.dumps(each), "application/json")
    return says


def products() -> list[dict[str, Any]]:
    """What the rules take of the products."""
    return [
        {
            "id": each,
            "title": _title(each),
            "price": 1000.0 + each + 0.5,
            "sku": f"s-{each}",
            "image": f"{OWN}products/{each}.png",
            "tags": ["x", "\u00e9"][: each % 3],
            "variants": [{"size": "S", "left": each}, {"size": "M", "left": 0}],
        }
        for each in range(1, PRODUCTS + 1)
    ]


def _title(number: int) -> str:
    return f"Thing <{number}> \u00e9"


def _product(number: int) -> str:
    title = _title(number).replace("<", "&lt;")
    told = json.dumps({"@graph": [{"@type": "Product", "sku": f"s-{number}"}]})
    tags = "".join(f"<li>{each}" for each in ["x", "\u00e9"][: number % 3])
    variants = "".join(
        f'<p class="variant"><b class="size">{size}</b> <i class="left">{left}</i></p>'
        for size, left in (("S", f"{number} left"), ("M", "sold out"))
    )
    return _page(
        title,
        f'<p class="price">1.00{number},50 \u20ac</p><ul class="tags">{tags}</ul>{variants}'
        f'<script type="application/ld+json">{told}</script>',
        f'<meta property="og:image" content="{number}.png">',
    )


def _page(title: str, text: str, head: str = "") -> str:
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body><h1>{title}</h1>{text}</body></html>"
    )
