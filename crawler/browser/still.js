// Resolves once nothing in the document has changed for `still` milliseconds, after `longest` at the latest.
([still, longest]) => new Promise(resolve => {
    const end = () => { observer.disconnect(); resolve(document.readyState); };
    let timer = setTimeout(end, still);
    const observer = new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(end, still); });
    observer.observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
    setTimeout(end, longest);
})
