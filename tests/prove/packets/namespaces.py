"""Network namespaces held by descriptors: sockets are made in them by one process, no process stands in each."""
import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import time

LIBC = ctypes.CDLL(None, use_errno=True)
NEW_NETWORK = 0x40000000
GET_FLAGS, RUNNING = 0x8913, 0x40  # SIOCGIFFLAGS, IFF_RUNNING
HOME = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def call(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


class Lab:
    """All namespaces of one foundation. Commands are gathered and run at once, links first."""

    def __init__(self):
        self.all, self.links = [], 0

    def new(self, name):
        space = Namespace(self, name)
        self.all.append(space)
        return space

    def link(self, a, b):
        """A cable; gives the device and the far address, as seen from a and from b."""
        n, self.links = self.links, self.links + 1
        near, far = (f"169.254.{n >> 7}.{(n & 127) * 2 + i}" for i in (0, 1))
        a.cables.append(f"link add a{n} type veth peer name b{n} netns {b.path}")
        for space, device, address in ((a, f"a{n}", near), (b, f"b{n}", far)):
            space.devices += [f"link set {device} up", f"address add {address}/31 dev {device}"]
        return (f"a{n}", far), (f"b{n}", near)

    def build(self):
        for step in ("cables", "devices", "rules", "routes"):
            for space in self.all:
                space.ip(getattr(space, step))
        for space in self.all:
            space.filter()

    @staticmethod
    def route_again(cables, up, spaces):
        """Takes cables down, by their first ends, or up; the tables of some namespaces say then what their routes say."""
        for (space, device), _ in cables:
            space.ip([f"link set {device} {'up' if up else 'down'}"])
        for space, device in (end for cable in cables for end in cable if up):
            space.wait_for(device)
            space.ip([f"neigh flush dev {device} nud all"])  # who was away is asked for again at once, not after a second
        for space in spaces:
            tables = dict.fromkeys(line.rsplit(" table ", 1)[1] for line in space.routes if " table " in line)
            space.ip([f"route flush table {table}" for table in tables] + space.routes)

    def close(self):
        for space in self.all:
            os.close(space.fd)
        self.all = []


class Namespace:
    def __init__(self, lab, name):
        self.lab, self.name = lab, name
        self.cables, self.devices, self.rules, self.routes, self.nft = [], ["link set lo up"], [], [], []
        call(LIBC.unshare(NEW_NETWORK), "a network namespace")
        try:
            self.fd = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
            for key, value in (("ip_forward", 1), ("conf/all/rp_filter", 0), ("conf/default/rp_filter", 0)):
                with open(f"/proc/sys/net/ipv4/{key}", "w", encoding="ascii") as file:
                    file.write(str(value))
        finally:
            call(LIBC.setns(HOME, NEW_NETWORK), "the way home")

    @property
    def path(self):
        return f"/proc/{os.getpid()}/fd/{self.fd}"

    def __enter__(self):
        call(LIBC.setns(self.fd, NEW_NETWORK), self.name)
        return self

    def __exit__(self, *_):
        call(LIBC.setns(HOME, NEW_NETWORK), "the way home")

    def run(self, command, text):
        with self:
            done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{self.name}: {' '.join(command)}: {done.stderr.strip()[:400]}\n{text[:2000]}")

    def ip(self, lines):
        if lines:
            self.run(["ip", "-batch", "-"], "\n".join(lines) + "\n")

    def wait_for(self, device):
        """The kernel lets packets through a while after a device is up."""
        with self:
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with s:
            for _ in range(500):
                flags = struct.unpack("16sH", fcntl.ioctl(s, GET_FLAGS, struct.pack("16s18x", device.encode()))[:18])[1]
                if flags & RUNNING:
                    return
                time.sleep(0.01)
        raise RuntimeError(f"{self.name}: {device} does not come up")

    def filter(self):
        if self.nft:
            self.run(["nft", "-f", "-"], "table inet f {\n" + "\n".join(self.nft) + "\n}\n")

    # ---- routes by where a packet came in
    def arrivals(self, device, table):
        rule = f"rule add pref 100 iif {device} lookup {table}"
        if rule not in self.rules:
            self.rules.append(rule)

    def route(self, table, net, way):
        """`way` is a device and the address behind it; None loses the packet."""
        if way is None:
            self.routes.append(f"route replace unreachable {net} table {table}")
        else:
            self.routes.append(f"route replace {net} via {way[1]} dev {way[0]} onlink table {table}")
