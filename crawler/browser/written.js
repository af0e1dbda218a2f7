// The document as it stands, in UTF-8, without the programs that have made it and the notices that they are missing;
// with the styles that only scripts have set, and with open shadow roots written out. null: it is too long.
([url, most]) => {
    const all = (selector, root = document) => [...root.querySelectorAll(selector)];
    const program = /^(|module|importmap|speculationrules|(text|application)\/(x-)?(java|ecma|live|j)script\b.*)$/i;
    const rulesOf = sheet => { try { return [...sheet.cssRules].map(each => each.cssText).join("\n"); } catch { return ""; } };
    const styled = sheets => {
        const style = document.createElement("style");
        style.textContent = [...sheets].map(rulesOf).join("\n");
        return style;
    };
    const cleaned = root => {
        for (const each of all("*", root)) {
            if (each.shadowRoot) {
                cleaned(each.shadowRoot);
                const template = document.createElement("template");
                template.setAttribute("shadowrootmode", "open");
                if (each.shadowRoot.adoptedStyleSheets.length) {
                    template.content.append(styled(each.shadowRoot.adoptedStyleSheets));
                }
                template.innerHTML += each.shadowRoot.innerHTML;
                each.prepend(template);
            }
        }
        for (const each of all("script", root)) {
            if (program.test((each.getAttribute("type") || "").trim())) each.remove();
        }
        for (const each of all("noscript, link[rel~=modulepreload i], link[rel~=preload i][as=script i]", root)) each.remove();
        for (const each of all("style", root)) {
            if (!each.textContent.trim() && each.sheet) each.textContent = rulesOf(each.sheet);
        }
    };
    cleaned(document);
    const head = document.head || document.documentElement;
    if (document.adoptedStyleSheets.length) head.append(styled(document.adoptedStyleSheets));
    for (const each of all("meta[charset], meta[http-equiv=content-type i]")) each.remove();
    const here = location.href.split("#")[0];
    if (here !== url && !document.querySelector("base[href]")) {
        const base = document.createElement("base");
        base.href = here;
        head.prepend(base);
    }
    const charset = document.createElement("meta");
    charset.setAttribute("charset", "utf-8");
    head.prepend(charset);
    const type = document.doctype ? new XMLSerializer().serializeToString(document.doctype) + "\n" : "";
    const text = type + document.documentElement.outerHTML;
    return text.length > most ? null : text;
}
