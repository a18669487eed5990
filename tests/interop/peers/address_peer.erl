%% SPDX-License-Identifier: Apache-2.0
%% Reads a text in each line of a file and prints what inet:parse_address makes of it, as numbers, or "-".
-module(address_peer).
-export([main/1]).

main([File]) ->
    {ok, Content} = file:read_file(File),
    Lines = string:split(Content, "\n", all),
    lists:foreach(fun(Line) -> io:put_chars([parse(binary_to_list(Line)), $\n]) end, lists:droplast(Lines)),
    halt().

parse(Text) ->
    case inet:parse_address(Text) of
        {ok, Address} -> lists:join($,, [integer_to_list(Part) || Part <- tuple_to_list(Address)]);
        {error, einval} -> "-"
    end.
