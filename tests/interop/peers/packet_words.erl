%% SPDX-License-Identifier: Apache-2.0
%% Packet types and packets in the words of tests/interop, for the peers. programs/packet_words.hpp has the same ones.
-module(packet_words).
-export([type/1, packet/1, text/1]).

%% The name of a type, as OTP has it.
type("length_1") -> 1;
type("length_2") -> 2;
type("length_4") -> 4;
type("http") -> http_bin;
type("httph") -> httph_bin;
type(Other) -> list_to_atom(Other).

%% What decode_packet and sockets give.
packet({http_request, Method, Uri, Version}) -> ["request ", text(Method), uri(Uri), version(Version)];
packet({http_response, Version, Status, Phrase}) ->
    ["response", version(Version), io_lib:format(" ~b ", [Status]), text(Phrase)];
packet({http_header, Known, Name, Unmodified, Value}) ->
    [io_lib:format("header ~b ", [Known]), text(Name), " ", text(Unmodified), " ", text(Value)];
packet(http_eoh) -> "eoh";
packet({http_error, Line}) -> ["http_error ", text(Line)];
packet(Packet) -> text(Packet).

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
