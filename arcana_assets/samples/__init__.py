"""Makers of realistic landing drops: seeded, dirty like the real files, with planted truth that tests can check."""
