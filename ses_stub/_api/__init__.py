"""What a test uses: the stub, its controls, its scope, its decorator."""
