"""The state of SES and its rules, without requests, locks or clients.

Data: `State` holds a `Backend` for each account and region, and what they share: mailbox, DNS zone, schedule, history.
Rules: functions that change the data. Each takes ``(state, backend, …)``, its arguments, and ``now``, a timestamp in
microseconds. A function about a mail or record of several backends takes no ``backend``, and one that only reads takes
only what it reads.

The modules of rules build on each other: `lifecycle` changes one identity, `dns_checks` checks its records, `owner`
confirms it, `verification` has the requests of operations and tests, `seeding` creates a test's identities,
`due_events` runs due events. Call `run_due` first whenever time has moved: the other functions expect that nothing is
overdue.

Records that users see are frozen dataclasses. Those in large numbers, or that are unpacked (`StatusChange`,
`ScheduledEvent`, `Record`), are NamedTuples: they are faster to make, and a heap can compare them.
"""
