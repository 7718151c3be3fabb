"""What a suite of another project's tests comes to: the tests that pass and fail, held against a list of exceptions."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def contradictions(
    failed: Collection[str], passed: Collection[str], listed: Mapping[str, str], *, all_ran: bool = True
) -> list[str]:
    """Where a list of exceptions and a run disagree.

    Args:
        failed: names of the tests that fail.
        passed: names of the tests that pass.
        listed: the exceptions: each name with the reason why the test cannot pass.
        all_ran: whether the whole suite ran; then a listed test that did not run is wrong too.

    Returns:
        A sentence for each disagreement; none if the list is right.

    """
    obsolete = set(listed) - set(failed) if all_ran else set(listed) & (set(passed) - set(failed))
    return [
        *(f"{name} fails and is not listed" for name in sorted(set(failed) - set(listed))),
        *(f"{name} is listed and does not fail" for name in sorted(obsolete)),
    ]


def report(failed: Collection[str], passed: Collection[str], listed: Mapping[str, str], *, all_ran: bool = True) -> int:
    """Prints the counts, the exceptions with their reasons, and the contradictions.

    Returns:
        The exit status: 1 if the list and the run disagree.

    """
    for name in sorted(set(failed) & set(listed)):
        print(f"exception: {name}: {listed[name]}")
    print(f"{len(passed)} passed, {len(failed)} failed; {len(listed)} are listed")
    wrong = contradictions(failed, passed, listed, all_ran=all_ran)
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0
