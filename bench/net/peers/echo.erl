%% SPDX-License-Identifier: Apache-2.0
%% An echo server as Ranch's users write it, without Ranch: a process for each connection, passive recv and send.
-module(echo).
-export([main/1]).

-define(LONGEST_LIFE, 900000).

main([Port]) ->
    {ok, _} = timer:apply_after(?LONGEST_LIFE, erlang, halt, []),
    Reno = {raw, 6, 13, <<"reno">>},  % TCP_CONGESTION, see load.c
    Options = [binary, {active, false}, {nodelay, true}, {reuseaddr, true}, {backlog, 4096}, {ip, {127, 0, 0, 1}},
               Reno],
    {ok, Listener} = gen_tcp:listen(list_to_integer(Port), Options),
    {ok, Bound} = inet:port(Listener),
    io:format("listening ~b~n", [Bound]),
    accept(Listener).

accept(Listener) ->
    {ok, Socket} = gen_tcp:accept(Listener),
    Owner = spawn(fun() -> receive go -> echo(Socket) end end),
    ok = gen_tcp:controlling_process(Socket, Owner),
    Owner ! go,
    accept(Listener).

echo(Socket) ->
    case gen_tcp:recv(Socket, 0) of
        {ok, Data} -> ok = gen_tcp:send(Socket, Data), echo(Socket);
        {error, _} -> gen_tcp:close(Socket)
    end.
