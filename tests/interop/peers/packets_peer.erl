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
    steps(type(Type), binary:decode_hex(Stream), Options).

type(<<"length_1">>) -> 1;
type(<<"length_2">>) -> 2;
type(<<"length_4">>) -> 4;
type(<<"http">>) -> http_bin;
type(<<"httph">>) -> httph_bin;
type(Other) -> binary_to_atom(Other).

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

packet({http_request, Method, Uri, Version}) -> ["request ", text(Method), uri(Uri), version(Version)];
packet({http_response, Version, Status, Phrase}) ->
    ["response", version(Version), io_lib:format(" ~b ", [Status]), text(Phrase)];
packet({http_header, Known, Name, Unmodified, Value}) ->
    [io_lib:format("header ~b ", [Known]), text(Name), " ", text(Unmodified), " ", text(Value)];
packet(http_eoh) -> "eoh";
packet({http_error, Line}) -> ["http_error ", text(Line)];
packet(Packet) -> ["packet ", text(Packet)].

uri('*') -> [" star x x - ", text(<<"*">>)];
uri({abs_path, Path}) -> [" abs_path x x - ", text(Path)];
uri({absoluteURI, Scheme, Host, Port, Path}) ->
    [" absolute_uri ", text(Scheme), " ", text(Host), " ", port(Port), " ", text(Path)];
uri({scheme, Scheme, Rest}) -> [" scheme ", text(Scheme), " x - ", text(Rest)];
uri(Other) -> [" other x x - ", text(Other)].

port(undefined) -> "-";
port(Port) -> integer_to_list(Port).

version({Major, Minor}) -> io_lib:format(" ~b ~b", [Major, Minor]).

text(Atom) when is_atom(Atom) -> text(atom_to_binary(Atom));
text(Binary) -> [$x, binary:encode_hex(Binary)].
