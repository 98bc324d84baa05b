"""Real engines for the patterns."""
