# SPDX-License-Identifier: Apache-2.0
"""The works of `scripts/bench runtime`, their sizes, units and targets: the one place where these are kept.

Each program is started as `PROGRAM WORK SIZE SCHEDULERS` and prints `RESULT <number>` in the work's unit, or
`NOT_APPLICABLE <reason>`. Before it measures it does a tenth of the work to warm up (not for idle_bytes and
ring_million).

  ping_pong        two processes, SIZE rounds of ping{from} and pong; a round is two messages
  flood            one sender, one receiver that counts SIZE messages of one integer
  spawn_exit       SIZE processes that return at once, in batches of 1,000, unmonitored; a batch is over when the count
                   of processes is what it was before
  ring             10,000 processes, one token, SIZE hops
  ring_million     the same with 1,000,000 processes
  idle_bytes       SIZE processes that wait in receive: growth of the resident set, divided
  idle_bytes_10k   the same with 10,000
  selective_empty  SIZE calls with a reply, each under a monitor and a limit of 5 s, as gen_server's
  selective_100k   the same with 100,000 other messages in the caller's mailbox
  cross_ping_pong  ping_pong between two schedulers; ns for a whole round
  cross_flood      flood from one scheduler to the other
  cross_n_to_n     8 senders on each scheduler, each to its own receiver on the other, SIZE messages each
  within_one       8 pairs play ping_pong on one scheduler, SIZE rounds each
  within_two       8 such pairs on each of two schedulers
  timers           SIZE timers of 10 to 600 s are set, then all are cancelled
"""
from comparison import Target, Work

WORKS = [
    Work("ping_pong", "ns/message", 2_000_000, Target("ratio", 15, aim="25")),
    Work("flood", "ns/message", 5_000_000),
    Work("spawn_exit", "ns/process", 1_000_000, Target("ratio", 25, aim="50")),
    Work("ring", "ns/hop", 2_000_000),
    Work("ring_million", "ns/hop", 2_000_000, Target("ring", 4, at_most=True)),
    Work("idle_bytes_10k", "bytes/process", 10_000, Target("idle_bytes", 1.1, at_most=True)),
    Work("idle_bytes", "bytes/process", 1_000_000, Target("value", 400, at_most=True, aim="256")),
    Work("selective_empty", "ns/call", 1_000_000),
    # CAF looks at each of the 100,000 again after each reply.
    Work("selective_100k", "ns/call", 1_000_000, Target("selective_empty", 2, at_most=True), sizes={"caf": 100}),
    Work("cross_ping_pong", "ns/round trip", 300_000, Target("ratio", 1), schedulers=2),
    Work("cross_flood", "messages/s", 5_000_000, Target("value", 20e6), schedulers=2, bigger_is_better=True),
    Work("cross_n_to_n", "messages/s", 500_000, schedulers=2, bigger_is_better=True),
    Work("within_one", "messages/s", 300_000, bigger_is_better=True),
    Work("within_two", "messages/s", 300_000, Target("within_one", 1.9), schedulers=2, bigger_is_better=True),
    Work("timers", "ns/timer", 1_000_000),
]
