"""The parts of the pytest plugin: what fails a test, and what its report shows."""
