"""Stubs of fixtures that last for more than one test."""

from __future__ import annotations

import pytest


def test_stall_is_counted_for_each_test(pytester: pytest.Pytester) -> None:
    """Many tests that pace the same call use one stub: none of them is an endless loop, one of their length is."""
    pytester.makepyfile("""
        import boto3, pytest
        from ses_stub import SESStubError, mock_ses_verify
        from ses_stub._time import stalls

        @pytest.fixture(scope="session")
        def ses():
            before, stalls.MAX_IDLE_SLEEPS_UNFROZEN = stalls.MAX_IDLE_SLEEPS_UNFROZEN, 5
            with mock_ses_verify() as ses:
                yield ses
            stalls.MAX_IDLE_SLEEPS_UNFROZEN = before

        def pace(ses, times):
            client = boto3.client("ses", region_name="us-east-1")
            for _ in range(times):
                client.list_identities()
                ses.clock.sleep(1)

        @pytest.mark.parametrize("number", range(5))
        def test_paces(ses, number):
            pace(ses, 4)

        def test_has_no_end(ses):
            with pytest.raises(SESStubError, match="never ends"):
                pace(ses, 20)
    """)
    pytester.runpytest("-p", "no:asyncio").assert_outcomes(passed=6)


def test_frozen_fixtures_of_a_module_end_in_any_order(pytester: pytest.Pytester) -> None:
    """Pytest ends a parametrized fixture before one that began later: the clocks are real afterwards."""
    pytester.makepyfile("""
        import time
        from datetime import datetime
        import pytest
        from ses_stub import mock_ses_verify

        real = time.time, datetime

        @pytest.fixture(scope="module", params=["2030-01-01", "2031-01-01"])
        def first(request):
            with mock_ses_verify(freeze=request.param):
                yield request.param

        @pytest.fixture(scope="module")
        def second():
            with mock_ses_verify(freeze="2040-01-01"):
                yield

        def test_both(first, second):
            assert datetime.now().year in (2040, int(first[:4]))

        def test_first(first):
            assert datetime.now().year in (2040, int(first[:4]))
    """)
    pytester.makepyfile(
        test_later="""
        import time
        from datetime import datetime
        from test_frozen_fixtures_of_a_module_end_in_any_order import real

        def test_clocks_are_real():
            assert (time.time, datetime) == real
    """
    )
    pytester.runpytest("-p", "no:randomly", "-p", "no:asyncio").assert_outcomes(passed=5)
