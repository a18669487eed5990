%% SPDX-License-Identifier: Apache-2.0
%% Runs the scripts of tests/interop/tcp_test.py with gen_tcp: erl -noshell +S 1:1 -run tcp_peer main PORT. Commands
%% come over a connection to that port of the loopback interface, one a line; an answer is some lines and a dot.
-module(tcp_peer).
-export([main/1]).

-define(LIMIT, 10000).

main([Port]) ->
    {ok, Control} = gen_tcp:connect({127,0,0,1}, list_to_integer(Port), [binary, {active, true}, {packet, line},
                                                                         {nodelay, true}, {buffer, 1 bsl 20}]),
    serve(Control, #{}),
    halt(0).

%% The state: actors by name, what was listened on, the socket.
serve(Control, State) ->
    receive
        {tcp, Control, Line} ->
            {Lines, Next} = command(string:lexemes(string:trim(binary_to_list(Line)), " "), State),
            ok = gen_tcp:send(Control, [[[One, $\n] || One <- Lines], ".\n"]),
            serve(Control, Next);
        {tcp_closed, Control} -> ok
    end.

command(["sync"], State) -> {[], State};
command(["new"], State) ->
    [exit(Pid, kill) || {_, Pid} <- maps:to_list(maps:get(actors, State, #{}))],
    [gen_tcp:close(maps:get(listener, State)) || maps:is_key(listener, State)],
    Me = self(),
    {[], #{actors => maps:from_list([{Name, spawn(fun() -> act(Me) end)} || Name <- ["a", "b", "c"]])}};
command(["listen" | Options], State) ->
    {ok, Listener} = gen_tcp:listen(0, [{ip, {127,0,0,1}}, {reuseaddr, true} | options(Options)]),
    {ok, Port} = inet:port(Listener),
    {[integer_to_list(Port)], State#{listener => Listener}};
command(["accept"], State) ->
    {ok, Socket} = ask("a", {accept, maps:get(listener, State)}, State),
    {["ok"], State#{socket => Socket}};
command(["connect", Port | Options], State) ->
    {ok, Socket} = ask("a", {connect, list_to_integer(Port), options(Options)}, State),
    {["ok"], State#{socket => Socket}};
command([Name, "start" | Words], State) ->
    tell(Name, {act, maps:get(socket, State), Words}, State),
    [erlang:yield() || _ <- lists:seq(1, 20)],
    {[], State};
command([Name, "join"], State) -> {answer(Name, State), State};
command([Name, "die"], State) ->
    Ref = monitor(process, tell(Name, die, State)),
    receive {'DOWN', Ref, process, _, _} -> {["ok"], State} end;
command([Name, "controlling_process", Other], State) ->
    #{Other := Pid} = maps:get(actors, State),
    {ask(Name, {give, maps:get(socket, State), Pid}, State), State};
command([Name | Words], State) -> {ask(Name, {act, maps:get(socket, State), Words}, State), State}.

ask(Name, What, State) ->
    tell(Name, What, State),
    answer(Name, State).

tell(Name, What, State) ->
    #{Name := Pid} = maps:get(actors, State),
    Pid ! {?MODULE, What},
    Pid.

%% Nobody answers for a process that has died.
answer(Name, State) ->
    #{Name := Pid} = maps:get(actors, State),
    Ref = monitor(process, Pid),
    receive
        {Pid, Answer} -> demonitor(Ref, [flush]), Answer;
        {'DOWN', Ref, process, _, _} -> []
    after ?LIMIT -> ["no answer"]
    end.

%% --- actors: they act when they are told to, and leave all other messages where they are ---

act(Main) ->
    receive
        {?MODULE, die} -> ok;
        {?MODULE, What} ->
            Main ! {self(), perform(What)},
            act(Main)
    end.

perform({accept, Listener}) -> gen_tcp:accept(Listener, ?LIMIT);
perform({connect, Port, Options}) -> gen_tcp:connect({127,0,0,1}, Port, Options, ?LIMIT);
perform({give, Socket, Pid}) -> [result(gen_tcp:controlling_process(Socket, Pid))];
perform({act, Socket, ["flush"]}) -> flush(Socket);
perform({act, Socket, Words}) -> [result(call(Socket, Words))].

flush(Socket) ->
    receive
        {tcp, Socket, Data} -> [["data ", packet(Data)] | flush(Socket)];
        {http, Socket, Packet} -> [["data ", packet(Packet)] | flush(Socket)];
        {tcp_closed, Socket} -> ["closed" | flush(Socket)];
        {tcp_passive, Socket} -> ["passive" | flush(Socket)];
        {tcp_error, Socket, Why} -> [["error ", atom_to_list(Why)] | flush(Socket)]
    after 0 -> []
    end.

call(Socket, ["recv", Length, Limit]) -> gen_tcp:recv(Socket, list_to_integer(Length), time(Limit));
call(Socket, ["send", Data]) -> gen_tcp:send(Socket, data(Data));
call(Socket, ["unrecv", Data]) -> gen_tcp:unrecv(Socket, data(Data));
call(Socket, ["shutdown"]) -> gen_tcp:shutdown(Socket, write);
call(Socket, ["close"]) -> gen_tcp:close(Socket);
call(Socket, ["setopts" | Options]) -> inet:setopts(Socket, options(Options));
call(Socket, ["getopts" | Names]) ->
    case inet:getopts(Socket, [list_to_atom(Name) || Name <- Names]) of
        {ok, Values} -> {options, Values};
        Error -> Error
    end;
call(Socket, ["getstat"]) ->
    case inet:getstat(Socket, [recv_oct, send_oct, send_pend]) of
        {ok, Values} -> {options, Values};
        Error -> Error
    end.

result(ok) -> "ok";
result({ok, Packet}) -> ["ok ", packet(Packet)];
result({options, Values}) -> ["ok" | [[" ", atom_to_list(Name), "=", value(Name, Value)] || {Name, Value} <- Values]];
result({error, Why}) -> ["error ", atom_to_list(Why)].

value(packet, 0) -> "raw";
value(packet, Size) when is_integer(Size) -> ["length_", integer_to_list(Size)];
value(packet, http_bin) -> "http";
value(packet, httph_bin) -> "httph";
value(_, Value) -> io_lib:format("~p", [Value]).

%% --- options ---

options(Words) -> [binary | [option(Word) || Word <- Words]].

option(Word) ->
    [Name, Value] = string:lexemes(Word, "="),
    option(list_to_atom(Name), Value).

option(packet, Value) -> {packet, packet_words:type(Value)};
option(line_length, Value) -> {buffer, list_to_integer(Value)};
option(line_delimiter, Value) -> {line_delimiter, list_to_integer(Value)};
option(send_timeout, Value) -> {send_timeout, time(Value)};
option(Name, [First | _] = Value) when First >= $0, First =< $9; First =:= $- -> {Name, list_to_integer(Value)};
option(Name, Value) -> {Name, list_to_atom(Value)}.

time("infinity") -> infinity;
time(Value) -> list_to_integer(Value).

%% --- bytes ---

%% Hexadecimal, and how often.
data(Text) ->
    case string:lexemes(Text, "*") of
        [[$x | Hex], Times] -> binary:copy(binary:decode_hex(list_to_binary(Hex)), list_to_integer(Times));
        [[$x | Hex]] -> binary:decode_hex(list_to_binary(Hex))
    end.

packet(Binary) when byte_size(Binary) > 256 ->
    io_lib:format("~b bytes ~b", [byte_size(Binary), erlang:adler32(Binary)]);
packet(Packet) -> packet_words:packet(Packet).
