"""State which moves of a URL the frontier allows: one table, nothing else.

```
            add            claim             finish
   (new) ----------> QUEUED ------> CLAIMED ----------> DONE | FAILED | EXCLUDED
                        ^              |                          |
                        +--------------+                          |
                        | retry, prerequisite first, lease over   |
                        +-----------------------------------------+
                          a new run finds it due; options changed; a shorter path was found
```
"""

from __future__ import annotations

from crawler.model import State

__all__ = ["FINAL", "TRANSITIONS", "allows"]

FINAL = frozenset({State.DONE, State.FAILED, State.EXCLUDED})

TRANSITIONS: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.CLAIMED}),
    State.CLAIMED: FINAL | {State.QUEUED},
    State.DONE: frozenset({State.QUEUED}),
    State.FAILED: frozenset({State.QUEUED}),
    State.EXCLUDED: frozenset({State.QUEUED}),
}


def allows(before: State, after: State) -> bool:
    """Whether a URL may go from `before` to `after`."""
    return after in TRANSITIONS[before]
