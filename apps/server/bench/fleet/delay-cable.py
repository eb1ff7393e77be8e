"""A cable that makes packets late: between two tap devices, each packet after so many milliseconds.

    python3 delay-cable.py TAP TAP MILLISECONDS

Kernels without netem have nothing that delays. Python, because Node can't open a tap device: that
takes an ioctl. Packets keep their order. Ends with its input.
"""

import collections
import fcntl
import os
import select
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TAP = 0x0002
IFF_NO_PI = 0x1000
LARGEST_PACKET = 65_536
# As a router that is full: more are lost.
MAX_WAITING = 20_000


def open_tap(name):
    tap = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TAP | IFF_NO_PI))
    os.set_blocking(tap, False)
    return tap


def main():
    first, second = (open_tap(name) for name in sys.argv[1:3])
    other = {first: second, second: first}
    delay = float(sys.argv[3]) / 1000
    waiting = collections.deque()
    print("ready", flush=True)
    while True:
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, tap, packet = waiting.popleft()
            try:
                os.write(tap, packet)
            except OSError:
                pass  # Its device is down, or its queue is full: the packet is lost.
        wait = waiting[0][0] - now if waiting else None
        readable, _, _ = select.select([first, second, sys.stdin], [], [], wait)
        if sys.stdin in readable:
            return
        for tap in readable:
            try:
                packet = os.read(tap, LARGEST_PACKET)
            except OSError:
                continue
            if len(waiting) < MAX_WAITING:
                waiting.append((time.monotonic() + delay, other[tap], packet))


main()
