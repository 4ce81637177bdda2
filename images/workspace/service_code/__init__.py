"""Runs Python code as a service: fetches it, installs what it needs, starts it. Standard library only."""
