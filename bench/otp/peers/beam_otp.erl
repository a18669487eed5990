%% SPDX-License-Identifier: Apache-2.0
%% The works of bench/otp/works.py on the BEAM: erl ... -run beam_otp main WORK SIZE SCHEDULERS
-module(beam_otp).
-behaviour(gen_server).
-export([main/1, init/1, handle_call/3, handle_cast/2]).

-define(BATCH, 1000).
-define(STASH, 100000).

main([Name, SizeText, _Schedulers]) ->
    Work = list_to_atom(Name),
    Size = list_to_integer(SizeText),
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
work(start_stop, Size) -> nanoseconds(fun() -> start_stop(Size) end) / Size.

nanoseconds(Fun) ->
    Start = erlang:monotonic_time(nanosecond),
    Fun(),
    erlang:monotonic_time(nanosecond) - Start.

%% --- the server ---------------------------------------------------------------------------------------------------

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
