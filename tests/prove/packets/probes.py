"""Real connections: TCP handshakes and UDP answers between hosts of a lab, and DNS questions to dnsmasq."""
import os
import selectors
import shutil
import socket
import struct
import subprocess
import time

PATIENCE = (0.35, 1.3)  # seconds: the first try, and the second for what should have passed


class Probes:
    """Each probe is (from, source port, to, port, protocol); `run` gives those that were answered."""

    def __init__(self, network):
        self.network = network

    def endpoint(self, host, kind, port, listening):
        s = socket.socket(socket.AF_INET, kind)
        s.setblocking(False)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if kind == socket.SOCK_STREAM:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # leaves nothing behind
        try:
            s.bind((host["address"], port))
            if listening and kind == socket.SOCK_STREAM:
                s.listen(1024)
        except OSError:
            s.close()
            raise
        return s

    def run(self, probes, patience):
        answered, opened, by_host, listeners = set(), [], {}, set()
        picker = selectors.DefaultSelector()
        hosts = self.network.hosts
        try:
            for probe in probes:
                source, _, target, port, protocol = probe
                if (target, port, protocol) not in listeners:
                    listeners.add((target, port, protocol))
                    by_host.setdefault(target, []).append((True, port, protocol, None))
                by_host.setdefault(source, []).append((False, probe[1], protocol, probe))
            starts = []
            for number in sorted(by_host):
                with hosts[number]["space"]:
                    for listening, port, protocol, probe in sorted(by_host[number], key=lambda x: not x[0]):
                        kind = socket.SOCK_STREAM if protocol == 6 else socket.SOCK_DGRAM
                        s = self.endpoint(hosts[number], kind, port, listening)
                        opened.append(s)
                        if not listening:
                            starts.append((s, probe))
                        elif protocol == 17:
                            picker.register(s, selectors.EVENT_READ, None)
            for s, probe in starts:
                try:
                    s.connect((hosts[probe[2]]["address"], probe[3]))
                except BlockingIOError:
                    pass
                except OSError:
                    continue
                if probe[4] == 17:
                    try:
                        s.send(b"had")
                    except OSError:
                        continue
                picker.register(s, selectors.EVENT_READ if probe[4] == 17 else selectors.EVENT_WRITE, probe)
            self.wait(picker, answered, len(starts), time.monotonic() + patience)
        finally:
            picker.close()
            for s in opened:
                s.close()
        return answered

    @staticmethod
    def wait(picker, answered, wanted, end):
        done = 0
        while done < wanted and (left := end - time.monotonic()) > 0:
            for key, _ in picker.select(left):
                s, probe = key.fileobj, key.data
                if probe is None:  # a server: it answers
                    try:
                        data, peer = s.recvfrom(64)
                        s.sendto(data, peer)
                    except OSError:
                        pass
                    continue
                picker.unregister(s)
                done += 1
                if probe[4] == 6:
                    good = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
                else:
                    try:
                        good = s.recv(64) == b"had"
                    except OSError:
                        good = False
                if good:
                    answered.add(probe)


# ---- names

def question(name):
    labels = b"".join(bytes([len(x)]) + x.encode() for x in name.split("."))
    return struct.pack("!6H", 4711, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", 33, 1)


def has_answer(reply):
    return len(reply) > 12 and struct.unpack("!H", reply[:2])[0] == 4711 and reply[3] & 15 == 0 and \
        struct.unpack("!H", reply[6:8])[0] > 0


def serve(host, domains):
    """dnsmasq in the host's namespace, one process that leaves no others behind, with the records by which members find controllers."""
    command = ["dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--user=root",
               "--pid-file=", "--bind-interfaces", f"--listen-address={host['address']}", "--cache-size=0"]
    for d in domains:
        command += [f"--local=/{d}/", f"--srv-host=_ldap._tcp.dc._msdcs.{d},dc.{d},389"]
    with host["space"]:
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def ask(host, address, domain, protocol):
    """One question from a host to an address."""
    packet = question(f"_ldap._tcp.dc._msdcs.{domain}")
    with host["space"]:
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if protocol == 17 else socket.SOCK_STREAM)
    with s:
        s.settimeout(PATIENCE[0])
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # its port is free again at once
        try:
            s.bind((host["address"], 0))
            s.connect((address, 53))
            s.sendall(packet if protocol == 17 else struct.pack("!H", len(packet)) + packet)
            reply = s.recv(512)
            if protocol == 6:
                while len(reply) > 2 and len(reply) < 2 + struct.unpack("!H", reply[:2])[0]:
                    if not (more := s.recv(512)):
                        break
                    reply += more
                reply = reply[2:]
            return has_answer(reply)
        except OSError:
            return False


def available():
    """What a lab needs and is not there."""
    os.environ["PATH"] = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = [p for p in ("ip", "nft") if not shutil.which(p)]
    if missing:
        return f"{' and '.join(missing)} not installed"
    return None


def root_again(argv):
    """Without root, once more as root of a user namespace of our own."""
    if os.geteuid() != 0 and "HAD_LAB_USER" not in os.environ and shutil.which("unshare"):
        os.environ["HAD_LAB_USER"] = "1"
        os.execvp("unshare", ["unshare", "--user", "--map-root-user", "--net", *argv])
