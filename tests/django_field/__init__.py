"""The Django field, in a process of its own: settings are configured once in a process."""
