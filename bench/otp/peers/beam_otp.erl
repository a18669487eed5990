%% SPDX-License-Identifier: Apache-2.0
%% The works of bench/otp/works.py on the BEAM: erl ... -run beam_otp main WORK SIZE SCHEDULERS
-module(beam_otp).
-behaviour(gen_server).
-export([main/1, init/1, handle_call/3, handle_cast/2, start_crasher/1, start_idle/0]).

-define(BATCH, 1000).
-define(STASH, 100000).

main(["throw_catch" | _]) ->
    io:format("NOT_APPLICABLE an exception of the BEAM unwinds no frames~n"),
    halt(0);
main([Name, SizeText, _Schedulers]) ->
    Work = list_to_atom(Name),
    Size = list_to_integer(SizeText),
    logger:set_primary_config(level, none),
    try
        work(Work, max(Size div 10, 1)),
        io:format("RESULT ~.3f~n", [float(work(Work, Size))]),
        halt(0)
    catch
        Class:Reason ->
            io:format(standard_error, "~p: ~p~n", [Class, Reason]),
            halt(1)
    end.

work(call_empty, Size) -> calls_behind(Size, 0);
work(call_100k, Size) -> calls_behind(Size, ?STASH);
work(cast, Size) -> casts(Size);
work(start_stop, Size) -> nanoseconds(fun() -> start_stop(Size) end) / Size;
work(crash_restart, Size) -> restarts(Size, fun(Child) -> Child ! fall end);
work(signal_restart, Size) -> restarts(Size, fun(Child) -> exit(Child, crash) end);
work(dynamic_children, Size) -> nanoseconds(fun() -> dynamic_children(Size) end) / Size;
work(registry_lookup, Size) -> registry_lookup(Size);
work(registry_dispatch, Size) -> registry_dispatch(Size).

nanoseconds(Fun) ->
    Start = erlang:monotonic_time(nanosecond),
    Fun(),
    erlang:monotonic_time(nanosecond) - Start.

%% --- the server ---------------------------------------------------------------------------------------------------

init({supervisor, Flags, Children}) -> {ok, {Flags, Children}};
init(Last) -> {ok, Last}.

handle_call({ask, Value}, _From, Last) -> {reply, Value, Last};
handle_call(last, _From, Last) -> {reply, Last, Last}.

handle_cast({note, Value}, _Last) -> {noreply, Value}.

%% --- calls --------------------------------------------------------------------------------------------------------

calls_behind(Calls, Stashed) ->
    Main = self(),
    {ok, Server} = gen_server:start_link(?MODULE, 0, []),
    spawn_opt(fun() ->
        send_many(self(), Stashed),
        Time = nanoseconds(fun() -> calls(Server, Calls) end),
        Main ! {time, Time}
    end, [link | mailbox_options(Stashed)]),
    receive {time, Time} -> gen_server:stop(Server), Time / Calls end.

%% Off the heap, a long mailbox is not copied by each collection; a short one is faster on it.
mailbox_options(0) -> [];
mailbox_options(_) -> [{message_queue_data, off_heap}].

send_many(_Receiver, 0) -> ok;
send_many(Receiver, Count) -> Receiver ! {item, Count}, send_many(Receiver, Count - 1).

calls(_Server, 0) -> ok;
calls(Server, Left) -> Left = gen_server:call(Server, {ask, Left}), calls(Server, Left - 1).

%% --- casts --------------------------------------------------------------------------------------------------------

casts(Count) ->
    {ok, Server} = gen_server:start_link(?MODULE, 0, []),
    Time = nanoseconds(fun() -> batches(Server, Count) end),
    gen_server:stop(Server),
    Time / Count.

batches(_Server, 0) -> ok;
batches(Server, Left) ->
    Rest = max(Left - ?BATCH, 0),
    cast_many(Server, Left, Rest),
    Last = Rest + 1,
    Last = gen_server:call(Server, last),
    batches(Server, Rest).

cast_many(_Server, Rest, Rest) -> ok;
cast_many(Server, Left, Rest) -> gen_server:cast(Server, {note, Left}), cast_many(Server, Left - 1, Rest).

%% --- start and stop -----------------------------------------------------------------------------------------------

start_stop(0) -> ok;
start_stop(Left) ->
    {ok, Server} = gen_server:start_link(?MODULE, 0, []),
    ok = gen_server:stop(Server),
    start_stop(Left - 1).

%% --- supervisors --------------------------------------------------------------------------------------------------

-define(CRASHES, 100).

restarts(Count, End) ->
    process_flag(trap_exit, true),
    Rounds = max(Count div ?CRASHES, 1),
    nanoseconds(fun() -> [restart_round(End) || _ <- lists:seq(1, Rounds)] end) / (Rounds * ?CRASHES).

restart_round(End) ->
    Child = #{id => crasher, start => {?MODULE, start_crasher, [self()]}},
    Flags = #{intensity => ?CRASHES + 1, period => 5},
    {ok, Top} = supervisor:start_link(?MODULE, {supervisor, Flags, [Child]}),
    restarts_of_one(?CRASHES, End),
    stop_supervisor(Top).

restarts_of_one(0, _End) -> receive {up, _Child} -> ok end;
restarts_of_one(Left, End) -> receive {up, Child} -> End(Child) end, restarts_of_one(Left - 1, End).

start_crasher(Observer) ->
    {ok, proc_lib:spawn_link(fun() -> Observer ! {up, self()}, receive fall -> error(crash) end end)}.

dynamic_children(Count) ->
    process_flag(trap_exit, true),
    Child = #{id => idle, start => {?MODULE, start_idle, []}, restart => temporary},
    {ok, Top} = supervisor:start_link(?MODULE, {supervisor, #{strategy => simple_one_for_one}, [Child]}),
    start_children(Top, Count),
    stop_supervisor(Top).

start_children(_Top, 0) -> ok;
start_children(Top, Left) -> {ok, _} = supervisor:start_child(Top, []), start_children(Top, Left - 1).

start_idle() -> {ok, proc_lib:spawn_link(fun() -> receive fall -> ok end end)}.

stop_supervisor(Top) ->
    exit(Top, shutdown),
    receive {'EXIT', Top, shutdown} -> ok end.

%% --- processes by key ---------------------------------------------------------------------------------------------

-define(KEYS, 10000).
-define(MEMBERS, 1000).

registry_lookup(Count) ->
    Registry = start_registry(unique),
    Main = self(),
    Owners = [spawn_link(fun() -> owner(Registry, Key, Main) end) || Key <- lists:seq(0, ?KEYS - 1)],
    [receive ready -> ok end || _ <- Owners],
    Time = nanoseconds(fun() -> lookups(Registry, Count, 0) end),
    stop_registry(Registry, Owners),
    Time / Count.

owner(Registry, Key, Main) ->
    {ok, _} = 'Elixir.Registry':register(Registry, Key, nil),
    Main ! ready,
    receive stop -> ok end.

lookups(_Registry, 0, _Index) -> ok;
lookups(Registry, Left, Index) ->
    [{_Owner, nil}] = 'Elixir.Registry':lookup(Registry, Index * 7919 rem ?KEYS),
    lookups(Registry, Left - 1, Index + 1).

registry_dispatch(Count) ->
    Registry = start_registry(duplicate),
    Main = self(),
    Rounds = max(Count div ?MEMBERS, 1),
    Members = [spawn_link(fun() -> member(Registry, Main, Rounds - 1) end) || _ <- lists:seq(1, ?MEMBERS)],
    [receive ready -> ok end || _ <- Members],
    Time = nanoseconds(fun() ->
        dispatches(Registry, 0, Rounds),
        [receive heard -> ok end || _ <- Members]
    end),
    stop_registry(Registry, Members),
    Time / (Rounds * ?MEMBERS).

dispatches(_Registry, Rounds, Rounds) -> ok;
dispatches(Registry, Round, Rounds) ->
    'Elixir.Registry':dispatch(Registry, key, fun(Entries) -> [Pid ! {note, Round} || {Pid, _} <- Entries] end),
    erlang:yield(),
    dispatches(Registry, Round + 1, Rounds).

member(Registry, Main, Last) ->
    {ok, _} = 'Elixir.Registry':register(Registry, key, nil),
    Main ! ready,
    listen(Main, Last),
    receive stop -> ok end.

listen(Main, Last) ->
    receive
        {note, Last} -> Main ! heard;
        {note, _} -> listen(Main, Last)
    end.

%% Elixir's Registry, as its own application would start it.
start_registry(Keys) ->
    {ok, _} = application:ensure_all_started(elixir),
    {ok, _} = 'Elixir.Registry':start_link([{keys, Keys}, {name, ?MODULE}]),
    ?MODULE.

stop_registry(Registry, Members) ->
    [Member ! stop || Member <- Members],
    'Elixir.Supervisor':stop(Registry).
