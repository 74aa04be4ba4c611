"""Network namespaces held by descriptors: sockets are made in them by one process, no process stands in each."""
import ctypes
import os
import subprocess

LIBC = ctypes.CDLL(None, use_errno=True)
NEW_NETWORK = 0x40000000
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
        for step in ("cables", "devices", "routes"):
            for space in self.all:
                space.ip(getattr(space, step))
        for space in self.all:
            space.filter()

    def close(self):
        for space in self.all:
            os.close(space.fd)
        self.all = []


class Namespace:
    def __init__(self, lab, name):
        self.lab, self.name = lab, name
        self.cables, self.devices, self.routes, self.nft = [], ["link set lo up"], [], []
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

    def filter(self):
        if self.nft:
            self.run(["nft", "-f", "-"], "table inet f {\n" + "\n".join(self.nft) + "\n}\n")

    # ---- routes by where a packet came in
    def arrivals(self, device, table):
        self.routes.append(f"rule add pref 100 iif {device} lookup {table}")

    def route(self, table, net, way):
        """`way` is a device and the address behind it; None loses the packet."""
        if way is None:
            self.routes.append(f"route replace unreachable {net} table {table}")
        else:
            self.routes.append(f"route replace {net} via {way[1]} dev {way[0]} onlink table {table}")
