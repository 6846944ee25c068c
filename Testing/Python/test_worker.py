"""The background thread: order of events, cancelling, errors, and closing while something runs."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from RayEmbRegistrationPanel.worker import Failed, Finished, Preview, Progress, Stopped, Worker


@pytest.fixture
def worker():
    worker = Worker()
    yield worker
    assert worker.close(5)


def last_event(run):
    assert run.wait(5)
    return run.drain()[-1]


def test_events_come_in_order_and_end_with_the_result(worker):
    def job(run):
        run.progress(0.5, "half")
        run.preview("a pose")
        return 42

    run = worker.submit(job)
    assert run.wait(5)
    progress, preview, finished = run.drain()
    assert progress == Progress(0.5, "half")
    assert isinstance(preview, Preview)
    assert preview.value == "a pose"
    assert isinstance(finished, Finished)
    assert finished.value == 42
    assert run.drain() == []


def test_the_end_alone_can_be_asked_for(worker):
    goes_on = threading.Event()

    def job(run):
        run.progress(0.5, "half")
        goes_on.wait(5)
        return 42

    run = worker.submit(job)
    assert run.last() is None
    goes_on.set()
    assert run.wait(5)
    assert run.last().value == 42
    assert run.last() is None
    failed = worker.submit(lambda run: 1 / 0)
    assert failed.wait(5)
    assert isinstance(failed.last().error, ZeroDivisionError)


def test_only_the_newest_progress_and_preview_are_kept(worker):
    def job(run):
        for step in range(100):
            run.progress(step / 100, f"step {step}")
            run.preview(step)

    run = worker.submit(job)
    assert run.wait(5)
    progress, preview, _ = run.drain()
    assert (progress.stage, preview.value) == ("step 99", 99)


def test_an_error_comes_with_its_traceback(worker):
    def job(run):
        raise ValueError("no bone")

    event = last_event(worker.submit(job))
    assert isinstance(event, Failed)
    assert str(event.error) == "no bone"
    assert "in job" in event.details
    assert isinstance(last_event(worker.submit(lambda run: 1)), Finished), "the thread goes on after an error"


def test_cancel_while_running_and_before_starting(worker):
    started = threading.Event()

    def job(run):
        started.set()
        while not run.is_cancelled():
            time.sleep(0.001)
        return "too late"

    called = []
    first, second = worker.submit(job), worker.submit(called.append)
    assert started.wait(5)
    assert worker.is_busy
    second.cancel()
    first.cancel()
    assert last_event(first) == Stopped()
    assert last_event(second) == Stopped()
    assert called == []
    assert not worker.is_busy


def test_finishing_early_keeps_what_there_is(worker):
    def job(run):
        steps = 0
        while not run.should_end():
            steps += 1
            time.sleep(0.001)
        return steps

    run = worker.submit(job)
    run.finish_early()
    assert isinstance(last_event(run), Finished)
    cancelled = worker.submit(job)
    cancelled.cancel()
    assert last_event(cancelled) == Stopped()


def test_all_jobs_run_in_one_thread_that_is_not_the_callers(worker):
    threads = [last_event(worker.submit(lambda run: threading.get_ident())).value for _ in range(3)]
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()


def test_drain_never_waits(worker):
    release = threading.Event()
    run = worker.submit(lambda run: release.wait(5))
    began = time.perf_counter()
    assert run.drain() == []
    assert time.perf_counter() - began < 0.05
    release.set()
    assert isinstance(last_event(run), Finished)


def test_closing_cancels_and_refuses_more():
    worker = Worker()
    run = worker.submit(lambda run: run.cancelled.wait(5))
    assert worker.close(5)
    assert last_event(run) == Stopped()
    with pytest.raises(RuntimeError, match="closed"):
        worker.submit(lambda run: None)


def test_a_stuck_job_does_not_keep_the_program_from_ending():
    program = "import time; from RayEmbRegistrationPanel.worker import Worker; Worker().submit(lambda run: time.sleep(60))"
    folder = Path(__file__).resolve().parents[2] / "RayEmbRegistration"
    subprocess.run([sys.executable, "-c", program], cwd=folder, check=True, timeout=20)  # noqa: S603
