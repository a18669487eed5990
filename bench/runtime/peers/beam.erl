%% SPDX-License-Identifier: Apache-2.0
%% The works of bench/runtime/works.py on the BEAM: erl ... -run beam main WORK SIZE SCHEDULERS
-module(beam).
-export([main/1]).

-define(BATCH, 1000).
-define(RING, 10000).
-define(MILLION, 1000000).
-define(PAIRS, 8).
-define(STASH, 100000).

main([Name, SizeText, _Schedulers]) ->
    Work = list_to_atom(Name),
    Size = list_to_integer(SizeText),
    try
        warm_up(Work, Size),
        io:format("RESULT ~.3f~n", [float(work(Work, Size))]),
        halt(0)
    catch
        Class:Reason ->
            io:format(standard_error, "~p: ~p~n", [Class, Reason]),
            halt(1)
    end.

warm_up(Once, _Size) when Once =:= idle_bytes; Once =:= idle_bytes_10k; Once =:= ring_million -> ok;
warm_up(Work, Size) -> work(Work, max(Size div 10, 1)).

work(ping_pong, Size) -> ping_pong(Size, 1, 1) / 2;
work(flood, Size) -> nanoseconds(fun() -> flood([{1, 1}], Size) end) / Size;
work(spawn_exit, Size) -> spawn_exit(Size);
work(ring, Size) -> ring(?RING, Size);
work(ring_million, Size) -> ring(?MILLION, Size);
work(idle_bytes, Size) -> idle_bytes(Size);
work(idle_bytes_10k, Size) -> idle_bytes(Size);
work(selective_empty, Size) -> selective(Size, 0);
work(selective_100k, Size) -> selective(Size, ?STASH);
work(cross_ping_pong, Size) -> ping_pong(Size, 1, 2);
work(cross_flood, Size) -> rate(Size, fun() -> flood([{1, 2}], Size) end);
work(cross_n_to_n, Size) ->
    Ways = [Way || _ <- lists:seq(1, ?PAIRS), Way <- [{1, 2}, {2, 1}]],
    rate(Size * length(Ways), fun() -> flood(Ways, Size) end);
work(within_one, Size) -> within([1], Size);
work(within_two, Size) -> within([1, 2], Size);
work(timers, Size) -> timers(Size).

nanoseconds(Fun) ->
    Start = erlang:monotonic_time(nanosecond),
    Fun(),
    erlang:monotonic_time(nanosecond) - Start.

rate(Messages, Fun) -> Messages * 1.0e9 / nanoseconds(Fun).

%% An undocumented option of the emulator, the only way to place a process: without it the schedulers balance.
spawn_on(Scheduler, Fun) -> spawn_opt(Fun, [{scheduler, Scheduler}]).

await(0) -> ok;
await(Count) -> receive done -> await(Count - 1) end.

%% --- ping and pong ------------------------------------------------------------------------------------------------

ping_pong(Rounds, Here, There) ->
    nanoseconds(fun() -> start_pair(Rounds, Here, There), await(1) end) / Rounds.

within(Schedulers, Rounds) ->
    Pairs = [Scheduler || Scheduler <- Schedulers, _ <- lists:seq(1, ?PAIRS)],
    rate(length(Pairs) * Rounds * 2, fun() ->
        [start_pair(Rounds, Scheduler, Scheduler) || Scheduler <- Pairs],
        await(length(Pairs))
    end).

start_pair(Rounds, Here, There) ->
    Main = self(),
    Ponger = spawn_on(There, fun ponger/0),
    spawn_on(Here, fun() -> pinger(Ponger, Rounds), Ponger ! stop, Main ! done end).

pinger(_Ponger, 0) -> ok;
pinger(Ponger, Rounds) ->
    Ponger ! {ping, self()},
    receive pong -> pinger(Ponger, Rounds - 1) end.

ponger() ->
    receive
        {ping, From} -> From ! pong, ponger();
        stop -> ok
    end.

%% --- flood --------------------------------------------------------------------------------------------------------

flood(Ways, Count) ->
    Main = self(),
    [begin
         Receiver = spawn_opt(fun() -> count(Count), Main ! done end, [{scheduler, To}]),
         spawn_on(From, fun() -> send_many(Receiver, Count) end)
     end || {From, To} <- Ways],
    await(length(Ways)).

send_many(_Receiver, 0) -> ok;
send_many(Receiver, Count) -> Receiver ! {item, Count}, send_many(Receiver, Count - 1).

count(0) -> ok;
count(Count) -> receive {item, _} -> count(Count - 1) end.

%% --- spawn and exit -----------------------------------------------------------------------------------------------

spawn_exit(Size) ->
    Batches = max(Size div ?BATCH, 1),
    Base = erlang:system_info(process_count),
    nanoseconds(fun() -> batches(Batches, Base) end) / (Batches * ?BATCH).

batches(0, _Base) -> ok;
batches(Count, Base) -> spawn_many(?BATCH), wait_for_count(Base), batches(Count - 1, Base).

spawn_many(0) -> ok;
spawn_many(Count) -> spawn(fun nothing/0), spawn_many(Count - 1).

nothing() -> ok.

wait_for_count(Base) ->
    case erlang:system_info(process_count) of
        Base -> ok;
        _ -> erlang:yield(), wait_for_count(Base)
    end.

%% --- ring ---------------------------------------------------------------------------------------------------------

ring(Members, Hops) ->
    Main = self(),
    Last = spawn(fun() -> receive {next, Next} -> hop(Next, Main) end end),
    First = lists:foldl(fun(_, Next) -> spawn(fun() -> hop(Next, Main) end) end, Last, lists:seq(2, Members)),
    Last ! {next, First},
    Time = nanoseconds(fun() -> First ! {token, Hops}, await(1) end),
    First ! stop,
    Time / Hops.

hop(Next, Main) ->
    receive
        {token, 0} -> Main ! done, hop(Next, Main);
        {token, Left} -> Next ! {token, Left - 1}, hop(Next, Main);
        stop -> Next ! stop
    end.

%% --- idle processes -----------------------------------------------------------------------------------------------

idle_bytes(Size) ->
    Before = resident_bytes(),
    [spawn(fun idle/0) || _ <- lists:seq(1, Size)],
    erlang:yield(),
    (resident_bytes() - Before) / Size.

idle() -> receive stop -> ok end.

resident_bytes() ->
    {ok, Text} = file:read_file("/proc/self/statm"),
    [_Total, Resident | _] = binary:split(Text, <<" ">>, [global]),
    binary_to_integer(Resident) * 4096.

%% --- calls --------------------------------------------------------------------------------------------------------

selective(Calls, Stashed) ->
    Main = self(),
    Server = spawn(fun server/0),
    spawn_opt(fun() ->
        send_many(self(), Stashed),
        Time = nanoseconds(fun() -> calls(Server, Calls) end),
        Main ! {time, Time}
    end, mailbox_options(Stashed)),
    receive {time, Time} -> Server ! stop, Time / Calls end.

%% Off the heap, a long mailbox is not copied by each collection; a short one is faster on it.
mailbox_options(0) -> [];
mailbox_options(_) -> [{message_queue_data, off_heap}].

calls(_Server, 0) -> ok;
calls(Server, Left) -> Left = call(Server, Left), calls(Server, Left - 1).

%% As gen:call does it: the receive skips what is older than the reference.
call(Server, Request) ->
    Reference = erlang:monitor(process, Server, [{alias, demonitor}]),
    Server ! {call, {self(), [alias | Reference]}, Request},
    receive
        {[alias | Reference], Reply} -> erlang:demonitor(Reference, [flush]), Reply;
        {'DOWN', Reference, _, _, Reason} -> exit(Reason)
    after 5000 -> exit(timeout)
    end.

server() ->
    receive
        {call, {_From, [alias | Alias] = Tag}, Request} -> Alias ! {Tag, Request}, server();
        stop -> ok
    end.

%% --- timers -------------------------------------------------------------------------------------------------------

timers(Size) ->
    nanoseconds(fun() -> cancel(set(Size, [])) end) / Size.

set(0, References) -> References;
set(Left, References) ->
    Milliseconds = 10000 + (Left * 7919) rem 590000,
    set(Left - 1, [erlang:send_after(Milliseconds, self(), timeout) | References]).

cancel([]) -> ok;
cancel([Reference | Others]) -> true = is_integer(erlang:cancel_timer(Reference)), cancel(Others).
