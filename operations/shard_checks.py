"""The part of `check` that looks at who runs which shards."""

from __future__ import annotations

from collections.abc import Sequence

from operations.checks import Finding
from operations.shards import number_of, ranges, total_of
from storage.leases import Lease


def of_shards(leases: Sequence[Lease]) -> Finding | None:
    """`leases` are those of all shards. None if nobody runs any."""
    living = [lease for lease in leases if not lease.is_gone()]
    totals = sorted({total_of(lease) for lease in living})
    if not totals:
        return None
    if len(totals) > 1:
        said = " and ".join(map(str, totals))
        fix = "Stop them all, set the same number in SHARDS or none, and start them again."
        return Finding("wrong", f"Some processes divide servers into {said} shards, so servers get two answers", fix)
    (total,) = totals
    run = {number_of(lease) for lease in living}
    processes = len({lease.owner for lease in living})
    if missing := [shard for shard in range(total) if shard not in run]:
        fix = "Start a process for them, or change SHARDS. After a start or an end, it takes half a minute."
        return Finding("warning", f"Nobody runs shards {ranges(missing)} of {total}", fix)
    return Finding("well", f"All {total} shards are run, by {processes} process{'es' if processes > 1 else ''}")
