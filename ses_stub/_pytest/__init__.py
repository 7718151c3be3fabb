"""The parts of the pytest plugin: failures of tests, and their reports."""
