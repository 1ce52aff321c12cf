from __future__ import annotations

import os
import socket

import pytest

from awm_langgraph.verifier.protocol import (
    CONFINED,
    Order,
    ProtocolError,
    Reply,
    Request,
    decode_answer,
    decode_reply,
    encode,
    encode_answer,
    encode_reply,
    receive_order,
    receive_request,
    send_files,
    send_order,
)

TOKEN = b"0123456789abcdef"


def test_an_order_arrives_with_its_channel() -> None:
    ours, theirs = socket.socketpair()
    channel, other = socket.socketpair()
    with ours, theirs, channel, other:
        send_order(ours, Order(1.5, 7), channel)

        taken = receive_order(theirs)

        assert taken
        order, descriptor = taken
        assert order == Order(1.5, 7)
        with socket.socket(fileno=descriptor) as received:
            received.sendall(b"here")
            assert other.recv(10) == b"here"


def test_no_order_comes_from_a_runner_that_has_ended() -> None:
    ours, theirs = socket.socketpair()
    ours.close()
    with theirs:
        assert receive_order(theirs) is None


def test_a_request_arrives_whole_whatever_its_text() -> None:
    request = Request("code", "verify", "code", "half a pair: \ud83d, a zero: \0", ("initial.db", "final.db"))
    ours, theirs = socket.socketpair()
    with ours, theirs, open(__file__, "rb") as file:
        body = encode(request)
        send_files(ours, [file.fileno()], len(body))
        ours.sendall(body)

        received, descriptors = receive_request(theirs)

        assert received == request
        assert len(descriptors) == 1
        with open(descriptors[0], "rb") as copy:
            assert os.path.sameopenfile(copy.fileno(), file.fileno())


@pytest.mark.parametrize("sent", [0, 10])
def test_a_runner_that_gives_up_in_the_middle_is_told_apart(sent: int) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        if sent:
            send_files(ours, [], 100)
            ours.sendall(b"{" * sent)
        ours.close()

        with pytest.raises(ProtocolError):
            receive_request(theirs)


def test_an_answer_is_taken_only_after_its_token_and_when_it_is_complete() -> None:
    said = CONFINED + encode_answer(TOKEN, b'{"answer": 1}')

    assert decode_answer(TOKEN, said) == b'{"answer": 1}'
    assert decode_answer(TOKEN, said + b"more") == b'{"answer": 1}'
    assert decode_answer(TOKEN, said[:-1]) is None
    assert decode_answer(TOKEN, CONFINED) is None
    assert decode_answer(b"another token!!!", said) is None
    assert decode_answer(TOKEN, CONFINED + b"x" + said) is None


def test_a_reply_is_read_when_all_of_it_has_come() -> None:
    data = encode_reply(Reply("timeout", b"too\nlong"))

    assert decode_reply(data) == Reply("timeout", b"too\nlong")
    assert all(decode_reply(data[:length]) is None for length in range(len(data)))
