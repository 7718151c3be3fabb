"""What users rely on beside other tools, in tasks and threads, and in virtual time: which tests hold each of it.

An entry names files, or single tests of a file; a file or test that is renamed fails here.
"""

from __future__ import annotations

import re

import pytest
from pages import ROOT

ISOLATION = {
    "instruments and mocks on botocore work and stay, for every service": """
        intercept/test_patching.py neighbours/test_instruments.py""",
    "tasks, threads and greenlets see their own scope; one scope object may be shared": """
        api/test_scope_tasks.py api/test_scope_threads.py neighbours/test_gevent.py
        neighbours/test_pytest_plugins.py""",
    "errors are pickled and copied, also between processes": "core/test_exceptions.py",
    "a client made in a scope is a whole client after it": "intercept/test_lazy_credentials.py",
    "the guard stops the calls of the right test, and names the user's line": """
        pytest_plugin/test_guard_threads.py pytest_plugin/test_guard.py
        neighbours/test_pytest_plugins.py::test_guard_names_the_line_of_the_test_under_pytest_check""",
    "a call reads no file, environment or replaced module": """
        intercept/test_mocked_process.py neighbours/test_pyfakefs.py wire/test_service_model.py""",
    "each test has a new client, with the application's exceptions": "pytest_plugin/test_client_fixtures.py",
    "an endpoint may have a path": "operations/test_v2_client.py::test_endpoint_with_a_path",
    "requests-mock lets no request to SES out": """
        neighbours/test_requests_mock.py
        intercept/test_raw_http.py::test_session_with_its_own_way_to_adapters_is_answered""",
    "a dataclass with slots is refused clearly": "api/test_decorated_classes.py::test_dataclass_with_slots_is_refused",
    "decorator and fixture on one test are explained": """
        pytest_plugin/test_plugin_hints.py::test_decorator_and_fixture_on_one_test""",
    "another tool's patch that outlives its scope leaves no wrapper of ours": """
        intercept/test_patching.py::test_instrument_that_outlives_its_scope
        intercept/test_patching.py::test_nothing_of_another_tool_is_kept""",
    "a long-lived stub is bounded": "service/test_long_lived.py",
    "an exception from outside at any instruction of a scope's start or end leaves nothing": """
        api/test_interrupted_scopes.py""",
    "thousands of scopes leave nothing": "api/test_scope_threads.py::test_thousands_of_scopes_leave_nothing",
    "repr and reports change nothing": """
        api/test_one_lock.py::test_repr_takes_no_lock
        pytest_plugin/test_monitor.py::test_report_shows_no_change_that_never_happened""",
    "no test leaves a file open": "server/test_command.py::test_each_request_is_a_line",
}

TIME = {
    "the stub's time stands still by itself": "time/test_application_time.py::test_default_clock_stands_still",
    "frozen clocks are the same in every thread": """
        time/test_freeze.py::test_clocks_are_frozen_in_threads
        time/test_freeze_orders.py::test_threads_have_the_frozen_time""",
    "asyncio's sleeps and timers are virtual": """
        time/test_application_time.py::test_loop_ends_when_the_address_is_confirmed
        time/test_sleeps.py::test_coroutines_of_one_loop_sleep_side_by_side time/test_frozen_loops.py""",
    "a thread that never calls SES moves nothing": """
        time/test_application_time.py::test_older_thread_that_never_calls_ses_moves_nothing""",
    "waits overlap, with the same outcome in every run": """
        time/test_virtual_waits.py::test_eight_threads_at_a_throttle_of_one_a_second
        time/test_virtual_waits.py::test_gather_of_twenty_five
        time/test_application_time.py::test_pool_of_four_over_twenty_names_fails_as_arithmetic_says""",
    "real time that passes for another reason is no sleeping": """
        project/test_architecture.py::test_only_the_clock_reads_the_time
        service/test_stalls.py::test_slow_steps_between_equal_polls_are_no_stall
        service/test_stalls.py::test_real_sleeps_between_different_polls_are_no_stall
        time/test_virtual_waits.py::test_time_stands_while_the_own_thread_waits_for_something_real""",
    "pacing is no endless loop, counted for each test": """
        time/test_application_time.py::test_pacing_a_batch_of_different_calls_is_no_endless_loop
        pytest_plugin/test_wide_fixtures.py::test_stall_is_counted_for_each_test""",
    "nothing hangs without freeze": """
        service/test_stalls.py::test_long_sleep_after_a_poll_is_refused_before_it_begins
        service/test_stalls.py::test_short_sleeps_between_equal_polls_are_refused_after_five_seconds
        service/test_stalls.py::test_sleep_of_hours_is_refused_before_any_call
        time/test_idle_loops.py::test_coroutine_that_would_hang_is_stopped""",
    "a mock on time.sleep sees none of botocore's": """
        intercept/test_waits.py::test_mock_on_time_sleep_sees_no_retry_and_no_waiter""",
    "what waits for something real ends under freeze": """
        time/test_sleep_names.py::test_timeout_of_a_child_is_real time/test_freeze.py::test_timeouts_of_real_waits_end
        time/test_freeze_orders.py::test_timeouts_of_threading_end
        time/test_quiescence.py::test_trio_waits_for_something_real_where_it_waits_for_a_file""",
    "a freeze that fails, or ends in any order, leaves real clocks": """
        time/test_freeze.py::test_scope_whose_freeze_fails_leaves_nothing
        time/test_freeze_orders.py::test_freezes_end_in_whichever_order
        pytest_plugin/test_wide_fixtures.py::test_frozen_fixtures_of_a_module_end_in_any_order
        neighbours/test_pytest_plugins.py::test_scopes_where_pytest_socket_forbids_sockets""",
    "dates out of range are our errors": "time/test_bounds.py",
    "reports are complete, and say where the application's clocks stayed behind": """
        pytest_plugin/test_plugin_hints.py::test_report_shows_what_is_due
        pytest_plugin/test_plugin_hints.py::test_advance_without_freeze""",
}


@pytest.mark.parametrize("behaviour", [*ISOLATION, *TIME])
def test_behaviour_is_held_by_tests(behaviour: str) -> None:
    """Each file exists and has tests, and each test that is named is in it."""
    for node in {**ISOLATION, **TIME}[behaviour].split():
        file, _, name = node.partition("::")
        names = re.findall(r"^def (test_\w+)\(", (ROOT / "tests" / file).read_text(encoding="utf-8"), re.MULTILINE)
        assert names
        assert not name or name in names
