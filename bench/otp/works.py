# SPDX-License-Identifier: Apache-2.0
"""The works of `scripts/bench otp`, their sizes, units and targets: the one place where these are kept.

Each program is started as `PROGRAM WORK SIZE SCHEDULERS` and prints `RESULT <number>` in the work's unit, or
`NOT_APPLICABLE <reason>`. Before it measures it does a tenth of the work to warm up.

  call_empty   SIZE calls of one client to one gen_server, each with its reply, under the usual limit of 5 s
  call_100k    the same with 100,000 other messages in the client's mailbox
  cast         SIZE casts to one gen_server, in batches of 1,000; a call ends each batch
  start_stop   SIZE gen_servers are started with a link and stopped, one after the other
  crash_restart      a child of a supervisor crashes SIZE times, by an exception, and is started again; a new supervisor
                     for each 100, since OTP's goes through the list of its restarts at each of them
  signal_restart     the same, and the child is ended by an exit signal with a reason of its own
  throw_catch        a C++ exception is thrown out of one function and caught, SIZE times: what of a crash_restart no
                     library can save
  dynamic_children   SIZE children of a dynamic supervisor (OTP: simple_one_for_one) are started, and ended all together
  registry_lookup    SIZE lookups of a key among 10,000 (Elixir's Registry, unique)
  registry_dispatch  SIZE messages, each to 1,000 processes under one key, and heard by them (Elixir's Registry)

To add one: here, in dialtone.cpp's table with its function in a dialtone_*.cpp, and in peers/beam_otp.erl.
"""
from comparison import Target, Work

WORKS = [
    Work("call_empty", "ns/call", 2_000_000, Target("ratio", 12, aim="20")),
    Work("call_100k", "ns/call", 2_000_000, Target("call_empty", 2, at_most=True)),
    Work("cast", "ns/cast", 5_000_000),
    Work("start_stop", "ns/server", 50_000),
    Work("crash_restart", "ns/crash", 100_000, Target("ratio", 10)),
    Work("signal_restart", "ns/restart", 100_000, Target("ratio", 10)),
    Work("throw_catch", "ns/throw", 100_000),
    Work("dynamic_children", "ns/child", 100_000, Target("ratio", 10)),
    Work("registry_lookup", "ns/lookup", 5_000_000, Target("ratio", 10)),
    Work("registry_dispatch", "ns/message", 2_000_000, Target("ratio", 10)),
]
