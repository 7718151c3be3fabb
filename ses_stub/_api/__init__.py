"""What a test holds: the stub, its controls, its scope, its decorator."""
