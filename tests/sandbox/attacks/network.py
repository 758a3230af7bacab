# attacks: 35, 36, 37, 38, 39, 40, 42
# what: the network, and sockets of this machine
import array
import os
import socket

from target import HELD, T, attempt


def connects(family, address, kind=socket.SOCK_STREAM):
    with socket.socket(family, kind) as ours:
        ours.settimeout(1)
        ours.connect(address)
        return "connected"


for name, family, address in (
    ("loopback", socket.AF_INET, ("127.0.0.1", T["port"])),
    ("loopback of IPv6", socket.AF_INET6, ("::1", T["port"])),
    ("a public address", socket.AF_INET, ("192.0.2.1", 80)),
    ("the metadata address", socket.AF_INET, ("169.254.169.254", 80)),
    ("an abstract socket", socket.AF_UNIX, "\0" + T["abstract"]),
    ("a socket by path", socket.AF_UNIX, T["socket"]),
    ("a socket by a path with dots", socket.AF_UNIX, os.path.relpath(T["socket"])),
    ("the system bus", socket.AF_UNIX, "/run/dbus/system_bus_socket"),
    ("the container engine", socket.AF_UNIX, "/var/run/docker.sock"),
):

    @attempt(name)
    def _(family=family, address=address):
        return connects(family, address)


@attempt("a socket by a link")
def _():
    os.symlink(T["socket"], "linked")
    return connects(socket.AF_UNIX, "linked")


@attempt("a socket by a linked folder")
def _():
    os.symlink(os.path.dirname(T["socket"]), "linked_folder")
    return connects(socket.AF_UNIX, "linked_folder/" + os.path.basename(T["socket"]))


@attempt("a datagram of UDP")
def _():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
        return ours.sendto(b"x", ("127.0.0.1", T["port"]))


for make in (socket.socket, socket.socketpair):

    @attempt(f"a local datagram from {make.__name__}")
    def _(make=make):
        made = make(socket.AF_UNIX, socket.SOCK_DGRAM)
        one = made[0] if isinstance(made, tuple) else made
        return one.sendto(b"x", T["datagram"])


@attempt("a raw local socket")
def _():
    with socket.socket(socket.AF_UNIX, socket.SOCK_RAW) as ours:
        return ours.sendto(b"x", T["datagram"])


@attempt("a listener")
def _():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(1)


for name, family, kind, protocol in (
    ("raw", socket.AF_INET, socket.SOCK_RAW, 1),
    ("packet", 17, socket.SOCK_RAW, 3),
    ("netlink", 16, socket.SOCK_RAW, 0),
    ("vsock", 40, socket.SOCK_STREAM, 0),
    ("alg", 38, socket.SOCK_SEQPACKET, 0),
    ("bluetooth", 31, socket.SOCK_RAW, 1),
):

    @attempt(f"a socket of the kind {name}")
    def _(family=family, kind=kind, protocol=protocol):
        socket.socket(family, kind, protocol).close()


@attempt("hand a descriptor to somebody outside")
def _():
    with socket.socket(socket.AF_UNIX) as ours:
        ours.connect(T["socket"])
        ours.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0]))])


@attempt("a connection inside the run, which has to work")
def _():
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind("own")
        server.listen(1)
        client.connect("own")
    return HELD


print("done")
