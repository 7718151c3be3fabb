"""The state of SES and its rules, without requests, locks or clients.

Below is data: `State` holds a `Backend` for each account and region, and what they share (mailbox, DNS zone, schedule,
history). Above are rules: functions that change the data. Each takes ``(state, backend, …)``, then what it is about,
then ``now``, a timestamp in microseconds; where one mail or record concerns several backends, there is no ``backend``.
Functions that only read take what they read.

From the bottom up: `lifecycle` changes one identity, `dns_checks` checks its records, `owner` confirms it,
`verification` is what operations and tests request, `seeding` is what tests begin with, `due_events` runs what is due.
Call `run_due` before anything else at a later time: every other function expects a state in which nothing is overdue.

Records that users see are frozen dataclasses. Those that come by the thousand or are unpacked (`StatusChange`,
`ScheduledEvent`, `Record`) are NamedTuples: they are made several times faster, and a heap compares them as they are.
"""
