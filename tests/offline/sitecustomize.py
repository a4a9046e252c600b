"""Python imports this at its start: no process of the tests may talk to another machine."""

import ipaddress
import os
import socket
import sys

os.environ['HF_HUB_OFFLINE'] = '1'
HERE = {None, '', 'localhost', socket.gethostname()}


def refuse_strangers(event, arguments):
    """Raise at every attempt to reach or to look up another machine."""
    if event in ('socket.connect', 'socket.sendto'):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # a text or bytes is a file
    elif event in ('socket.getaddrinfo', 'socket.gethostbyname'):
        host = arguments[0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if not is_here(host):
        raise RuntimeError(f'the tests run offline, but something wants to reach {host}')


def is_here(host):
    """Whether a host is this machine."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host in HERE
    return address.is_loopback or address.is_unspecified


sys.addaudithook(refuse_strangers)
