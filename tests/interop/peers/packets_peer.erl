%% SPDX-License-Identifier: Apache-2.0
%% Cuts the streams of tests/interop/packets_test.py with erlang:decode_packet and prints what it found:
%% erl -noshell -run packets_peer main FILE. A line for each stream, the steps between bars.
-module(packets_peer).
-export([main/1]).

%% Enough for any packet that a limit of the test refuses to show itself as too large.
-define(MORE, (binary:copy(<<"x">>, 8192))).

main([File]) ->
    {ok, Text} = file:read_file(File),
    Cases = [binary:split(Line, <<" ">>, [global]) || Line <- binary:split(Text, <<"\n">>, [global, trim])],
    io:put_chars([[lists:join(" | ", run(Case)), $\n] || Case <- Cases]),
    halt(0).

run([Type, PacketSize, LineLength, Delimiter, <<"x", Stream/binary>>]) ->
    Options = [{packet_size, binary_to_integer(PacketSize)}, {line_length, binary_to_integer(LineLength)} |
               [{line_delimiter, binary_to_integer(Delimiter)} || Type =:= <<"line">>]],
    steps(packet_words:type(binary_to_list(Type)), binary:decode_hex(Stream), Options).

steps(Type, Stream, Options) ->
    case erlang:decode_packet(Type, Stream, Options) of
        {ok, Packet, Rest} -> [packet(Packet) | steps(Type, Rest, Options)];
        {more, undefined} -> ["more " ++ later(erlang:decode_packet(Type, <<Stream/binary, ?MORE/binary>>, Options))];
        {more, Size} -> [io_lib:format("more ~b", [Size])];
        {error, _} -> ["error"]
    end.

%% Whether the stream is beyond help, though decode_packet still waits.
later({error, _}) -> "bad";
later(_) -> "-".

packet(Packet) when is_binary(Packet) -> ["packet ", packet_words:text(Packet)];
packet(Packet) -> packet_words:packet(Packet).
