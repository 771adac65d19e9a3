"""Real input for both services, written through their public APIs as anybody would."""
