%% SPDX-License-Identifier: Apache-2.0
%% An echo server of Ranch's shape: acceptors that wait in accept, each of which gives its connection to a supervisor of
%% its own, and that starts a process for it, gives it the socket, says that it may begin, and answers the acceptor. A
%% connection's process uses passive recv and send. Ten acceptors and ten supervisors, as Ranch 2 has them by default.
-module(echo).
-export([main/1]).

-define(LONGEST_LIFE, 900000).
-define(ACCEPTORS, 10).

main([Port]) ->
    {ok, _} = timer:apply_after(?LONGEST_LIFE, erlang, halt, []),
    Reno = {raw, 6, 13, <<"reno">>},  % TCP_CONGESTION, see load/main.cpp
    Options = [binary, {active, false}, {nodelay, true}, {reuseaddr, true}, {backlog, 4096}, {ip, {127, 0, 0, 1}},
               Reno],
    {ok, Listener} = gen_tcp:listen(list_to_integer(Port), Options),
    {ok, Bound} = inet:port(Listener),
    [start_acceptor(Listener) || _ <- lists:seq(1, ?ACCEPTORS)],
    io:format("listening ~b~n", [Bound]),
    receive stop -> ok end.

start_acceptor(Listener) ->
    Supervisor = proc_lib:spawn_link(fun() -> process_flag(trap_exit, true), supervise(#{}) end),
    proc_lib:spawn_link(fun() -> accept(Listener, Supervisor) end).

accept(Listener, Supervisor) ->
    case gen_tcp:accept(Listener) of
        {ok, Socket} ->
            case gen_tcp:controlling_process(Socket, Supervisor) of
                ok -> start_protocol(Supervisor, Socket);
                {error, _} -> gen_tcp:close(Socket)
            end;
        {error, _} -> ok
    end,
    accept(Listener, Supervisor).

start_protocol(Supervisor, Socket) ->
    Supervisor ! {start_protocol, self(), Socket},
    receive Supervisor -> ok end.

supervise(Connections) ->
    receive
        {start_protocol, To, Socket} ->
            Connection = proc_lib:spawn_link(fun() -> handshake() end),
            case gen_tcp:controlling_process(Socket, Connection) of
                ok -> Connection ! {handshake, Socket};
                {error, _} -> gen_tcp:close(Socket), exit(Connection, kill)
            end,
            To ! self(),
            supervise(Connections#{Connection => active});
        {'EXIT', Connection, _Reason} ->
            supervise(maps:remove(Connection, Connections))
    end.

handshake() ->
    receive {handshake, Socket} -> echo(Socket) end.

echo(Socket) ->
    case gen_tcp:recv(Socket, 0) of
        {ok, Data} ->
            case gen_tcp:send(Socket, Data) of
                ok -> echo(Socket);
                {error, _} -> gen_tcp:close(Socket)
            end;
        {error, _} -> gen_tcp:close(Socket)
    end.
