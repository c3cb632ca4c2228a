# SPDX-License-Identifier: Apache-2.0
"""Parked tasks in gdb, in a live process or a core: `source tools/braid-gdb.py`, then

    braid-tasks          one line for each task of each reactor
    braid-tasks bt       and the backtrace of each parked one

A parked task's registers lie where its fiber's `sp` points (src/task/fiber_swap.S).  To show its
stack, an unwinder tells gdb that the innermost frame of the selected thread was called from there.
"""

import gdb
import gdb.unwinder

LAYOUTS = {  # register: word above fiber.sp; "sp" is where the stack goes on
    "i386:x86-64": ({"r15": 0, "r14": 1, "r13": 2, "r12": 3, "rbx": 4, "rbp": 5, "rip": 6},
                    "rsp", 7),
    "aarch64": ({**{f"x{19 + i}": i for i in range(11)}, "pc": 11}, "sp", 20),
}


class FrameId:
    def __init__(self, sp, pc):
        self.sp, self.pc = sp, pc


class ParkedUnwinder(gdb.unwinder.Unwinder):
    """While `fiber_sp` is set, the frame at `innermost_sp` returns into that fiber."""

    def __init__(self):
        super().__init__("braid-parked-task")
        self.fiber_sp = self.innermost_sp = None

    def __call__(self, pending):
        if self.fiber_sp is None:
            return None
        registers, sp_name, size = LAYOUTS[pending.architecture().name()]
        if int(pending.read_register(sp_name)) != self.innermost_sp:
            return None
        word = gdb.lookup_type("unsigned long")
        words = gdb.Value(self.fiber_sp).cast(word.pointer())
        pc_name = "rip" if "rip" in registers else "pc"
        like = pending.read_register(sp_name).type
        # Below the fiber's frames, or gdb takes the jump between stacks for a corrupt one.
        here = FrameId(gdb.Value(self.fiber_sp).cast(like), pending.read_register(pc_name))
        info = pending.create_unwind_info(here)
        for name, index in registers.items():
            info.add_saved_register(name, words[index].cast(pending.read_register(name).type))
        info.add_saved_register(sp_name, gdb.Value(self.fiber_sp + 8 * size).cast(like))
        return info

    def backtrace(self, fiber_sp):
        sp_name = LAYOUTS[gdb.newest_frame().architecture().name()][1]
        self.innermost_sp = int(gdb.newest_frame().read_register(sp_name))
        self.fiber_sp = fiber_sp
        gdb.invalidate_cached_frames()
        try:
            lines = gdb.execute("backtrace", to_string=True).splitlines()
        finally:
            self.fiber_sp = None
            gdb.invalidate_cached_frames()
        return [line for line in lines if not line.startswith("#0 ")]


def reactors():
    """The reactors that threads are in, by the frames that know them."""
    found = {}
    for thread in gdb.selected_inferior().threads():
        thread.switch()
        frame = gdb.newest_frame()
        while frame is not None and frame.is_valid():
            name, value = frame.name(), None
            if name == "reactor_run":
                value = frame.read_var("r")
            elif name == "task_main":
                task = gdb.lookup_type("struct task").pointer()
                value = frame.read_var("f").cast(task)["reactor"]
            if value is not None and not value.is_optimized_out:
                found[int(value)] = value
            frame = frame.older()
    return found.values()


def list_of(head, kind, member):
    """The objects in a list of base/list.h."""
    struct = gdb.lookup_type(kind)
    offset = [f for f in struct.fields() if f.name == member][0].bitpos // 8
    node = head["next"]
    while node != head.address:
        yield gdb.Value(int(node) - offset).cast(struct.pointer())
        node = node["next"]


class BraidTasks(gdb.Command):
    """List the tasks of all reactors; `bt` adds the backtraces of those that do not run."""

    def __init__(self):
        super().__init__("braid-tasks", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        before = gdb.selected_thread()
        for reactor in reactors():
            print(f"reactor {int(reactor['config']['index'])}")
            for task in list_of(reactor["live"], "struct task", "live"):
                state = str(task["state"]).removeprefix("TASK_").lower()
                cancelled = ", cancelled" if task["cancelled"] else ""
                print(f"  task {int(task):#x} \"{task['name'].string()}\" {state}{cancelled}")
                if argument == "bt" and state != "running":
                    for line in UNWINDER.backtrace(int(task["fiber"]["sp"])):
                        print("    " + line)
        before.switch()


UNWINDER = ParkedUnwinder()
gdb.unwinder.register_unwinder(None, UNWINDER, replace=True)
BraidTasks()
