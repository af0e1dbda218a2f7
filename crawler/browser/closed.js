// What reaches the network in other ways than by a request that can be answered here.
for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "WebTransport", "SharedWorker", "EventSource"]) {
    try { delete globalThis[name]; } catch { /* it stays, and leads nowhere */ }
}
