"""Code run in the service."""

from tests.journeys.service import Service


def shell(service: Service, code: str) -> str:
    """Runs the code; the last line that it printed, or ""."""
    done = service.command("manage", "shell", "--no-imports", "-c", code)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""
