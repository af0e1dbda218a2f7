(() => {
  // An archived page has an origin without a name, at which what follows throws. What a page keeps lasts as long as the page.
  const storage = () => {
    const kept = new Map();
    const own = {
      getItem: name => kept.get(String(name)) ?? null,
      setItem: (name, value) => { kept.set(String(name), String(value)); },
      removeItem: name => { kept.delete(String(name)); },
      clear: () => { kept.clear(); },
      key: place => [...kept.keys()][place] ?? null,
    };
    return new Proxy(Object.create(Storage.prototype), {
      get: (_, name) => name === "length" ? kept.size : own[name] ?? kept.get(name),
      set: (_, name, value) => { own.setItem(name, value); return true; },
      has: (_, name) => name in own || kept.has(name),
      deleteProperty: (_, name) => { kept.delete(name); return true; },
      ownKeys: () => [...kept.keys()],
      getOwnPropertyDescriptor: (_, name) => kept.has(name)
        ? { value: kept.get(name), writable: true, enumerable: true, configurable: true } : undefined,
    });
  };
  for (const name of ["localStorage", "sessionStorage"]) {
    try { window[name]; } catch { Object.defineProperty(window, name, { value: storage(), configurable: true }); }
  }
  try { document.cookie; } catch {
    const jar = new Map();
    Object.defineProperty(document, "cookie", {
      configurable: true,
      get: () => [...jar].map(([name, value]) => `${name}=${value}`).join("; "),
      set: text => {
        const [pair, ...terms] = String(text).split(";");
        const [name, ...rest] = pair.split("=");
        const isOver = terms.some(each => /^\s*max-age\s*=\s*(0|-)/i.test(each) || /^\s*expires\s*=.*19[0-9][0-9]/i.test(each));
        if (isOver) jar.delete(name.trim()); else jar.set(name.trim(), rest.join("=").trim());
      },
    });
  }
  try { navigator.serviceWorker; } catch { delete Navigator.prototype.serviceWorker; }
  // No policy keeps these from asking whom they like (Chromium 156 knows no `webrtc` directive).
  for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "RTCIceGatherer", "WebTransport"]) delete window[name];
  document.currentScript.remove();
})();
