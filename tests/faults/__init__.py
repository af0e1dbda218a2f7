"""Play the faults of docs/faults.md, rows 15 to 103, on a server that says any bytes.

A scene is one fault: its row, what the server does, and what must become of the URLs. The scenes stand in
tables, a module for each chapter of the catalogue, so that they can be read beside it:

```
tcp        15-25   connections that fail, break, or are never made
tls        26-35   certificates, versions, handshakes
heads      36-41   status lines and headers, with 53 (interim answers) and 69 (upgrades)
bodies     42-58   lengths, chunks, cuts, drips, floods
statuses   55-68   what a status and its headers ask of us
redirects  70-85   loops, chains, targets
codings    86-92   bombs, layers, damage
charsets   93-103  which bytes a link is made of
```

Each is played twice: inside this process with a clock that jumps over pauses (`test_scenes.py`, id
`ROW-NAME`), and through the command line in a process whose memory and event loop are watched
(`tests/system/test_fault_rows.py`).

Rows without a scene: 22 and 23 (the machine lacks sockets: tests/fetch/test_shortage.py), 56 (nothing is asked
with HEAD), 102 (no bytes of a server's: tests/test_rewrite.py).
"""
