"""What `on_progress` gets, and what its errors do."""

from uploader.python.progress import Progress, ProgressCounter


def test_progress_reads_as_a_line() -> None:
    assert str(Progress(120, 300, {"accepted": 118, "rejected": 2})) == "120 of 300: 118 accepted, 2 rejected"
    assert str(Progress(0, None, {})) == "0: none yet"


def test_first_and_last_state_are_always_shown() -> None:
    shown: list[Progress] = []
    counter = ProgressCounter(shown.append, print)
    counter.start(3)
    for _ in range(3):
        counter.count("accepted")
    counter.end()
    assert (shown[0], shown[-1]) == (Progress(0, 3, {}), Progress(3, 3, {"accepted": 3}))


def test_an_error_in_the_function_is_noted_and_ends_the_calls() -> None:
    notes: list[str] = []
    calls = 0

    def broken(progress: Progress) -> None:
        nonlocal calls
        calls += 1
        raise RuntimeError("no widget")

    counter = ProgressCounter(broken, notes.append)
    counter.start(1)
    counter.count("accepted")
    counter.end()
    assert (calls, notes) == (1, ["on_progress raised RuntimeError('no widget'), and was not called again"])
