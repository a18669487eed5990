# SPDX-License-Identifier: Apache-2.0
"""Scenarios of supervisors, drawn from a seed, as the text that supervisor_scenarios.cpp and supervisor_peer.erl read:

    scenario NUMBER
    supervisor NAME STRATEGY INTENSITY AUTO_SHUTDOWN      those below the top come first
    child ID RESTART KIND SHUTDOWN significant|-          of the supervisor above; one of KIND supervisor is named ID
    plan ID fail|ignore TIMES                             what becomes of its next starts
    exit ID HOW | start NAME child... | terminate|restart|delete NAME ID | count NAME
    end

Workers: `polite` ones end with the reason that they are told, `trapping` ones with `normal` when they are to shut down,
and `naughty` ones have to be killed. No period ends while a scenario runs: it is an hour.
"""
import random

STRATEGIES = ("one_for_one", "one_for_all", "rest_for_one")
RESTARTS = ("permanent", "permanent", "transient", "transient", "temporary")
EXITS = ("normal", "shutdown", "shutdown_x", "crash", "crash", "kill")
ACTIONS = 12


class Scenario:
    def __init__(self, number, draw):
        self.draw = draw
        self.ids = {"top": [f"t{index}" for index in range(draw.randint(1, 4))]}
        self.auto = {}
        # Whose children die with it, all at once: their order is nobody's.
        self.unordered = False
        nested = draw.random() < 0.4
        if nested:
            self.ids["sub"] = [f"s{index}" for index in range(draw.randint(1, 3))]
        lines = self.supervisor("sub") if nested else []
        top = self.supervisor("top")
        if nested:
            top.insert(draw.randint(1, len(top)), self.child("sub", "top", "supervisor"))
        lines += top
        for one in self.workers():
            if draw.random() < 0.1:
                lines.append(f"plan {one} {draw.choice(('fail', 'ignore', 'ignore'))} 1")
        for _ in range(ACTIONS):
            lines += self.action()
        self.text = "\n".join([f"scenario {number}", *lines, "end"])

    def workers(self):
        return [one for name in self.ids for one in self.ids[name]]

    def supervisor(self, name):
        draw = self.draw
        self.auto[name] = draw.choice(("never", "never", "any_significant", "all_significant", "all_significant"))
        lines = [f"supervisor {name} {draw.choice(STRATEGIES)} {draw.choice((0, 1, 2, 4, 6, 8))} {self.auto[name]}"]
        return lines + [self.child(one, name) for one in self.ids[name]]

    def child(self, name, supervisor, kind=None, may_be_bad=False):
        draw = self.draw
        kind = kind or draw.choice(("polite", "polite", "trapping", "naughty"))
        restart = draw.choice(RESTARTS)
        shutdown = {"naughty": draw.choice(("10", "brutal_kill")),
                    "supervisor": draw.choice(("infinity", "infinity", "5000", "brutal_kill"))
                    }.get(kind) or draw.choice(("5000", "infinity", "brutal_kill"))
        if kind == "supervisor" and shutdown == "brutal_kill":
            self.unordered = True
        significant = draw.random() < 0.6 and self.auto[supervisor] != "never" and restart != "permanent"
        if may_be_bad and draw.random() < 0.1:
            significant = True
        return f"child {name} {restart} {kind} {shutdown} {'significant' if significant else '-'}"

    def action(self):
        draw = self.draw
        name = draw.choice(list(self.ids))
        own = self.ids[name] + ["nobody"] + (["sub"] if name == "top" and "sub" in self.ids else [])
        kind = draw.choices(("exit", "kill_sub", "plan", "start", "terminate", "restart", "delete", "count"),
                            (12, 1, 3, 2, 3, 3, 2, 1))[0]
        if kind == "exit":
            return [f"exit {draw.choice(self.workers())} {draw.choice(EXITS)}"]
        if kind == "kill_sub":
            self.unordered |= "sub" in self.ids
            return ["exit sub kill"] if "sub" in self.ids else []
        if kind == "plan":
            worker = draw.choice(self.workers())
            planned = f"plan {worker} {draw.choice(('fail', 'fail', 'ignore'))} {draw.randint(1, 4)}"
            return [planned, f"exit {worker} {draw.choice(('crash', 'kill'))}"]
        if kind == "restart" and draw.random() < 0.5:
            worker = draw.choice(self.ids[name])
            return [f"terminate {name} {worker}", f"plan {worker} {draw.choice(('fail', 'ignore'))} 1",
                    f"restart {name} {worker}"]
        if kind == "start":
            new = draw.choice(self.ids[name] + [f"{name[0]}{len(self.ids[name])}"] * 3)
            if new not in self.ids[name]:
                self.ids[name].append(new)
            planned = [f"plan {new} {draw.choice(('fail', 'ignore'))} 1"] if draw.random() < 0.2 else []
            return [*planned, f"start {name} " + self.child(new, name, may_be_bad=True).removeprefix("child ")]
        if kind == "count":
            return [f"count {name}"]
        return [f"{kind} {name} {draw.choice(own)}"]


def scenarios(seed, count):
    draw = random.Random(seed)
    return [Scenario(number, draw) for number in range(count)]
