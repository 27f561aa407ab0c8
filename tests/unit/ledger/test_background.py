"""One thing is done in a thread, once for all that asked for it before it began."""

from threading import Event

import pytest

from uploader.ledger.postgres.background import Background


class Work:
    """Something to do, which has begun and ends once it may."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.may_end = Event()
        began = Event()

        def act() -> None:
            began.set()
            assert self.may_end.wait(10)
            self.done.append("done")

        self.background = Background(act, "test")
        self.background.soon()
        assert began.wait(10)


@pytest.fixture
def work() -> Work:
    return Work()


def test_it_is_done_once_more_for_all_that_asked_while_it_was_being_done(work: Work) -> None:
    background, done = work.background, work.done
    for _ in range(3):
        background.soon()
    assert done == []
    work.may_end.set()
    background.finish()
    assert done == ["done"] * 2
    background.soon()
    background.finish()
    assert done == ["done"] * 3
    background.close()


def test_what_is_due_is_done_before_it_is_closed_and_nothing_afterwards(work: Work) -> None:
    background, done = work.background, work.done
    background.soon()
    work.may_end.set()
    background.close()
    assert done == ["done"] * 2
    background.soon()
    background.finish()
    assert done == ["done"] * 2
