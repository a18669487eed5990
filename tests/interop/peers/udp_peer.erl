%% SPDX-License-Identifier: Apache-2.0
%% What gen_udp does in the scenarios of programs/udp_scenarios.cpp, a line for each thing that happens.
-module(udp_peer).
-export([main/0]).

main() ->
    lists:foreach(fun({Name, Run}) -> say("~s:", [Name]), Run() end, scenarios()),
    halt().

scenarios() ->
    [{"an empty datagram", fun() ->
         S = open([]), send_self(S, ""), send_self(S, "after it"), recv(S), recv(S) end},
     {"too long", fun() ->
         S = open([]), result(gen_udp:send(S, here(S), lists:duplicate(65508, $x))) end},
     {"cut at the buffer", fun() ->
         S = open([{buffer, 10}]), send_self(S, lists:duplicate(20, $x)), send_self(S, "next"), recv(S), recv(S) end},
     {"once", fun() ->
         S = open([{active, once}]), numbers(S, 3), messages(1), told_active(S), recv(S),
         set(S, once), messages(1) end},
     {"a count", fun() ->
         S = open([{active, 2}]), set(S, 1), told_active(S), numbers(S, 4), messages(4), told_active(S), recv(S) end},
     {"a count that becomes zero", fun() ->
         S = open([{active, 5}]), set(S, -5), messages(1), told_active(S), set(S, -1), messages(1), set(S, 0),
         messages(1) end},
     {"a count out of range", fun() ->
         S = open([{active, 32767}]), set(S, 1), told_active(S) end},
     {"a count that is thrown away", fun() ->
         S = open([{active, 5}]), set(S, once), set(S, 1), told_active(S), set(S, true), set(S, 2), told_active(S),
         set(S, false), told_active(S) end},
     {"always", fun() ->
         S = open([{active, true}]), numbers(S, 3), messages(3), told_active(S), recv(S) end},
     {"nobody at the peer, passive", fun() ->
         S = open([]), gen_udp:connect(S, {127, 0, 0, 1}, nobody()),
         result(gen_udp:send(S, "x")), recv(S), recv_nothing(S), result(gen_udp:send(S, "x")), recv(S) end},
     {"nobody at the peer, active", fun() ->
         S = open([{active, 1}]), gen_udp:connect(S, {127, 0, 0, 1}, nobody()),
         [begin result(gen_udp:send(S, "x")), messages(1) end || _ <- [1, 2, 3]], told_active(S) end},
     {"nobody at the peer, two sends", fun() ->
         S = open([]), gen_udp:connect(S, {127, 0, 0, 1}, nobody()),
         result(gen_udp:send(S, "x")), result(gen_udp:send(S, "y")), result(gen_udp:send(S, "z")), recv(S) end},
     {"a peer", fun() ->
         S = open([]), T = open([]), U = open([]),
         {ok, There} = inet:port(T), result(gen_udp:connect(S, {127, 0, 0, 1}, There)),
         result(gen_udp:send(S, "x")), recv(T), gen_udp:send(U, here(S), "unheard"), gen_udp:send(T, here(S), "heard"),
         recv(S), recv_nothing(S) end},
     {"no time", fun() -> S = open([]), recv_nothing(S), send_self(S, "late"), recv(S) end},
     {"a closed socket", fun() ->
         S = open([]), Here = here(S), gen_udp:close(S), result(gen_udp:send(S, Here, "x")), recv(S) end},
     {"what is told beside the bytes", fun() ->
         S = open([{recvtos, true}, {recvttl, true}]), send_self(S, "plain"), recv_beside(S),
         result(gen_udp:send(S, here(S), [{tos, 40}, {ttl, 7}], "marked")), recv_beside(S) end},
     {"options", fun() ->
         S = open([]), told(S), inet:setopts(S, [{ttl, 9}, {tos, 32}, {broadcast, true}, {multicast_ttl, 4},
                                                 {multicast_loop, false}]), told(S) end},
     {"a broadcast", fun() ->
         S = open([]), {ok, Port} = inet:port(S), result(gen_udp:send(S, {127, 255, 255, 255}, Port, "x")) end},
     {"priority and neighbours only", fun() ->
         S = open([]), told_route(S), result(inet:setopts(S, [{priority, 3}, {dontroute, true}])), told_route(S),
         send_self(S, "to a neighbour"), recv(S) end},
     {"a raw option", fun() ->
         S = open([]), raw(S), result(inet:setopts(S, [{raw, 1, 29, <<1:32/native>>}])), raw(S) end},
     {"an address in use", fun() ->
         S = open([]), {ok, Port} = inet:port(S), opened(gen_udp:open(Port, [{ip, {127, 0, 0, 1}}])) end},
     {"an address for all who say so", fun() ->
         S = open([{reuseaddr, true}]), {ok, Port} = inet:port(S), told_reuse(S),
         opened(gen_udp:open(Port, [{ip, {127, 0, 0, 1}}, {reuseaddr, true}])) end},
     {"a device", fun() ->
         S = open([{bind_to_device, <<"lo">>}]), {ok, [{bind_to_device, D}]} = inet:getopts(S, [bind_to_device]),
         say("device ~s", [D]) end},
     {"a monitor", fun() ->
         S = open([]), M = inet:monitor(S), gen_udp:close(S), down(M), N = inet:monitor(S), down(N) end},
     {"a new owner", fun() ->
         S = open([{active, 2}]), Me = self(), send_self(S, "before"),
         P = spawn(fun() -> receive go -> ok end, messages(2), Me ! done end),
         result(gen_udp:controlling_process(S, P)), send_self(S, "after"),
         result(gen_udp:controlling_process(S, P)), P ! go, receive done -> ok end end}].

told_route(S) -> {ok, All} = inet:getopts(S, [priority, dontroute]), [say("~w ~w", [N, V]) || {N, V} <- All].

told_reuse(S) -> {ok, [{reuseaddr, V}]} = inet:getopts(S, [reuseaddr]), say("reuseaddr ~w", [V]).

raw(S) -> {ok, [{raw, 1, 29, <<V:32/native>>}]} = inet:getopts(S, [{raw, 1, 29, 4}]), say("raw ~w", [V]).

opened({ok, _}) -> say("ok", []);
opened({error, Reason}) -> say("error ~w", [Reason]).

down(M) -> receive {'DOWN', M, port, _, Reason} -> say("down ~w", [Reason]) end.

open(Options) ->
    {ok, S} = gen_udp:open(0, [{ip, {127, 0, 0, 1}}, {active, false}, binary | Options]),
    S.

here(S) -> {ok, Address} = inet:sockname(S), Address.

nobody() ->
    S = open([]), {ok, Port} = inet:port(S), gen_udp:close(S), Port.

send_self(S, Data) -> ok = gen_udp:send(S, here(S), Data).

numbers(S, Count) -> [send_self(S, integer_to_list(N)) || N <- lists:seq(0, Count - 1)].

set(S, Mode) -> result(inet:setopts(S, [{active, Mode}])).

told_active(S) -> {ok, [{active, Mode}]} = inet:getopts(S, [active]), say("active ~w", [Mode]).

told(S) ->
    {ok, All} = inet:getopts(S, [ttl, tos, broadcast, multicast_ttl, multicast_loop]),
    [say("~w ~w", [Name, Value]) || {Name, Value} <- All].

recv(S) -> recv(S, 10000).

recv_nothing(S) -> recv(S, 20).

recv(S, Limit) ->
    case gen_udp:recv(S, 0, Limit) of
        {ok, {_, _, Data}} -> say("recv ~s", [Data]);
        {error, Reason} -> say("error ~w", [Reason])
    end.

recv_beside(S) ->
    {ok, {_, _, Told, Data}} = gen_udp:recv(S, 0, 10000),
    say("recv ~s tos ~w ttl ~w", [Data, proplists:get_value(tos, Told), proplists:get_value(ttl, Told)]).

result(ok) -> say("ok", []);
result({error, Reason}) -> say("error ~w", [Reason]).

%% So many, and that there are no more.
messages(0) -> message(20);
messages(Count) -> message(10000), messages(Count - 1).

message(Limit) ->
    receive
        {udp, _, _, _, Data} -> say("data ~s", [Data]);
        {udp_passive, _} -> say("passive", []);
        {udp_error, _, Reason} -> say("udp_error ~w", [Reason])
    after Limit -> say("no more", [])
    end.

say(Format, Arguments) -> io:format(Format ++ "~n", Arguments).
