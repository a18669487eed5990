%% SPDX-License-Identifier: Apache-2.0
%% Runs scenarios of tests/interop/supervisor_test.py with OTP's supervisor and prints what happened:
%% erl -noshell +S 1:1 -run supervisor_peer main FILE. One scheduler: the order of events is the order of causes.
-module(supervisor_peer).
-export([main/1, init/1, start_worker/2, worker/2]).

-define(PERIOD, 3600).

main([File]) ->
    logger:set_primary_config(level, none),
    ets:new(plans, [named_table, public]),
    {ok, Text} = file:read_file(File),
    run([string:lexemes(Line, " ") || Line <- string:lexemes(binary_to_list(Text), "\n")]),
    halt(0).

run([]) -> ok;
run([["scenario", Number] | Lines]) ->
    {Mine, [["end"] | Others]} = lists:splitwith(fun(Line) -> Line =/= ["end"] end, Lines),
    {Definition, Script} = lists:splitwith(fun([Word | _]) -> Word =:= "supervisor" orelse Word =:= "child" end, Mine),
    ets:delete_all_objects(plans),
    io:format("scenario ~s~n", [Number]),
    {_, Ref} = spawn_monitor(fun() -> scenario(supervisors(Definition), Script) end),
    receive {'DOWN', Ref, process, _, normal} -> ok end,
    run(Others).

%% --- specifications ---

supervisors([]) -> #{};
supervisors([["supervisor", Name, Strategy, Intensity, AutoShutdown] | Lines]) ->
    {Children, Others} = lists:splitwith(fun([Word | _]) -> Word =:= "child" end, Lines),
    Flags = #{strategy => list_to_atom(Strategy), intensity => list_to_integer(Intensity), period => ?PERIOD,
              auto_shutdown => list_to_atom(AutoShutdown)},
    (supervisors(Others))#{Name => {Flags, [Child || [_ | Child] <- Children]}}.

arguments(Name, Supervisors) ->
    {Flags, Children} = maps:get(Name, Supervisors),
    {Flags, [spec(Child, Supervisors) || Child <- Children]}.

spec([Id, Restart, Kind, Shutdown, Significant], Supervisors) ->
    Spec = #{id => Id, restart => list_to_atom(Restart), shutdown => limit(Shutdown),
             significant => Significant =:= "significant"},
    case Kind of
        "supervisor" ->
            Spec#{type => supervisor, start => {supervisor, start_link, [?MODULE, arguments(Id, Supervisors)]}};
        _ ->
            Spec#{start => {?MODULE, start_worker, [Id, Kind]}}
    end.

limit("brutal_kill") -> brutal_kill;
limit("infinity") -> infinity;
limit(Milliseconds) -> list_to_integer(Milliseconds).

init(Arguments) -> {ok, Arguments}.

%% --- workers ---

start_worker(Id, Kind) ->
    case ets:lookup(plans, Id) of
        [{_, What, Left}] when Left > 0 ->
            ets:insert(plans, {Id, What, Left - 1}),
            collector ! {log, [What, " ", Id]},
            case What of
                "fail" -> {error, planned};
                "ignore" -> ignore
            end;
        _ ->
            proc_lib:start_link(?MODULE, worker, [Id, Kind])
    end.

worker(Id, Kind) ->
    process_flag(trap_exit, Kind =/= "polite"),
    collector ! {started, Id, self()},
    receive collected -> ok end,
    proc_lib:init_ack({ok, self()}),
    wait(Kind).

wait(Kind) ->
    receive
        {exit, Reason} -> exit(Reason);
        {'EXIT', _, shutdown} when Kind =:= "naughty" -> wait(Kind);
        {'EXIT', _, shutdown} -> exit(normal);
        {'EXIT', _, Reason} -> exit(Reason)
    end.

%% --- what has happened ---

collector(Log, Pids, Alive) ->
    receive
        {started, Id, Pid} ->
            Ref = monitor(process, Pid),
            Pid ! collected,
            collector([["start ", Id] | Log], Pids#{Id => Pid}, Alive#{Ref => Id});
        {'DOWN', Ref, process, _, Reason} ->
            {Id, Left} = maps:take(Ref, Alive),
            collector([["stop ", Id, " ", reason(Reason)] | Log], Pids, Left);
        {log, Text} ->
            collector([Text | Log], Pids, Alive);
        {pid, Id, From} ->
            From ! {pid, maps:get(Id, Pids, none)},
            collector(Log, Pids, Alive);
        {count, From} ->
            From ! {count, length(Log), map_size(Alive)},
            collector(Log, Pids, Alive);
        {take, From} ->
            From ! {taken, lists:reverse(Log)},
            collector([], Pids, Alive)
    end.

ask(Question) ->
    collector ! Question,
    receive
        {pid, Pid} -> Pid;
        {taken, Log} -> Log;
        {count, Lines, Alive} -> {Lines, Alive}
    end.

reason({shutdown, {failed_to_start_child, Id, _}}) -> ["shutdown failed ", Id];
reason({shutdown, Text}) -> ["shutdown ", atom_to_list(Text)];
reason(Reason) when is_atom(Reason) -> atom_to_list(Reason).

%% --- the script ---

scenario(Supervisors, Script) ->
    process_flag(trap_exit, true),
    register(collector, spawn_link(fun() -> collector([], #{}, #{}) end)),
    {Plans, Actions} = lists:splitwith(fun([Word | _]) -> Word =:= "plan" end, Script),
    [act(Plan, none) || Plan <- Plans],
    io:format("> run~n"),
    case supervisor:start_link(?MODULE, arguments("top", Supervisors)) of
        {ok, Top} ->
            _ = settled(Top, none),
            print("ok", Top),
            play(Actions, Top);
        {error, Reason} ->
            drain(),
            print(["error ", reason(Reason)], none)
    end,
    unlink(whereis(collector)),
    exit(whereis(collector), kill),
    ok.

play([], Top) ->
    io:format("> stop~n"),
    exit(Top, shutdown),
    ended = settled(Top, none),
    print("ok", none);
play([Action | Actions], Top) ->
    io:format("> ~s~n", [lists:join(" ", Action)]),
    Result = act(Action, Top),
    case settled(Top, none) of
        ended -> print(Result, none);
        _ -> print(Result, Top), play(Actions, Top)
    end.

print(Result, Top) ->
    [io:format("~s~n", [Line]) || Line <- ask({take, self()})],
    io:format("= ~s~n", [Result]),
    [io:format(": ~s~n", [element(1, states(Top))]) || Top =/= none].

act(["plan", Id, What, Times], _) ->
    ets:insert(plans, {Id, What, list_to_integer(Times)}),
    "ok";
act(["exit", Id, How], Top) ->
    case ask({pid, Id, self()}) of
        none -> end_process(supervisor_named(Id, Top), How);
        Known -> end_process(Known, How)
    end;
act([Request, Name | Arguments], Top) ->
    case supervisor_named(Name, Top) of
        Pid when is_pid(Pid) ->
            try text(request(Request, Pid, Arguments)) catch exit:_ -> "error ended" end;
        _ ->
            "error no supervisor"
    end.

end_process(Pid, How) when is_pid(Pid) ->
    Ref = monitor(process, Pid),
    case list_to_atom(How) of
        kill -> exit(Pid, kill);
        shutdown_x -> Pid ! {exit, {shutdown, x}};
        Reason -> Pid ! {exit, Reason}
    end,
    receive
        {'DOWN', Ref, process, Pid, noproc} -> "none";
        {'DOWN', Ref, process, Pid, _} -> "ok"
    end;
end_process(_, _) -> "none".

request("start", Pid, Child) -> supervisor:start_child(Pid, spec(Child, #{}));
request("terminate", Pid, [Id]) -> supervisor:terminate_child(Pid, Id);
request("restart", Pid, [Id]) -> supervisor:restart_child(Pid, Id);
request("delete", Pid, [Id]) -> supervisor:delete_child(Pid, Id);
request("count", Pid, []) -> supervisor:count_children(Pid).

text(ok) -> "ok";
text({ok, undefined}) -> "ok ignored";
text({ok, Pid}) when is_pid(Pid) -> "ok";
text({error, {already_started, _}}) -> "error already_started";
text({error, {bad_combination, _}}) -> "error bad_spec";
text({error, Known}) when Known =/= planned, is_atom(Known) -> ["error ", atom_to_list(Known)];
text({error, _}) -> "error failed";
text(Counts) when is_list(Counts) -> [["count"] | [io_lib:format(" ~b", [Count]) || {_, Count} <- lists:sort(Counts)]].

supervisor_named("top", Top) -> Top;
supervisor_named(Name, Top) ->
    case lists:keyfind(Name, 1, children_of(Top)) of
        {_, Pid, supervisor, _} -> Pid;
        _ -> none
    end.

children_of(Supervisor) -> try lists:reverse(supervisor:which_children(Supervisor)) catch exit:_ -> down end.

%% The text, the pids of running workers, and whether all is at rest.
states(Supervisor) ->
    case children_of(Supervisor) of
        down -> {"down", [], false};
        Children ->
            States = [state(Child) || Child <- Children],
            {lists:join(", ", [Text || {Text, _, _} <- States]), lists:append([Pids || {_, Pids, _} <- States]),
             lists:all(fun({_, _, Rests}) -> Rests end, States)}
    end.

state({Id, undefined, _, _}) -> {[Id, " stopped"], [], true};
state({Id, restarting, _, _}) -> {[Id, " restarting"], [], false};
state({Id, Pid, supervisor, _}) ->
    {Text, Pids, Rests} = states(Pid),
    {[Id, " (", Text, ")"], Pids, Rests};
state({Id, Pid, worker, _}) -> {[Id, " running"], [Pid], true}.

%% Until nothing changes any longer between two looks: all that has to end has ended, all that has to start runs.
settled(Top, Before) ->
    receive
        {'EXIT', Top, Reason} ->
            drain(),
            collector ! {log, ["top ended ", reason(Reason)]},
            ended
    after 0 ->
        {Text, Pids, Rests} = states(Top),
        {Lines, Alive} = ask({count, self()}),
        Now = {lists:flatten(Text), Pids, Lines},
        case Rests andalso Alive =:= length(Pids) andalso Now =:= Before of
            true -> Now;
            false -> erlang:yield(), settled(Top, Now)
        end
    end.

drain() ->
    case ask({count, self()}) of
        {_, 0} -> ok;
        _ -> erlang:yield(), drain()
    end.
