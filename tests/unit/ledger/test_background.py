"""One thing is done in a thread, once for all that asked for it before it began."""

from threading import Event

from uploader.ledger.postgres.background import Background


def test_it_is_done_once_more_for_all_that_asked_while_it_was_being_done() -> None:
    began, may_end, done = Event(), Event(), []

    def act() -> None:
        began.set()
        assert may_end.wait(10)
        done.append("done")

    background = Background(act, "test")
    background.soon()
    assert began.wait(10)
    for _ in range(3):
        background.soon()
    assert done == []
    may_end.set()
    background.finish()
    assert done == ["done"] * 2
    background.soon()
    background.finish()
    assert done == ["done"] * 3
    background.close()


def test_what_is_due_is_done_before_it_is_closed_and_nothing_afterwards() -> None:
    began, may_end, done = Event(), Event(), []

    def act() -> None:
        began.set()
        assert may_end.wait(10)
        done.append("done")

    background = Background(act, "test")
    background.soon()
    assert began.wait(10)
    background.soon()
    may_end.set()
    background.close()
    assert done == ["done"] * 2
    background.soon()
    background.finish()
    assert done == ["done"] * 2
