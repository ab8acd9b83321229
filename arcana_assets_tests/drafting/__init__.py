"""Tests of the room in which domains are drafted."""
