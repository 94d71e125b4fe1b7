"""The web process stays small: it knows nothing of the models and the scheduler."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys, wsgi
from flask_migrate import upgrade
with wsgi.app.app_context():
    upgrade()
client = wsgi.app.test_client()
for path in ("/", "/search?q=lamp", "/sign-in", "/static/js/page.js"):
    assert client.get(path).status_code == 200, path
heavy = {"torch", "transformers", "apscheduler", "sklearn", "scipy", "mining", "tokenizers"}
print("LOADED", sorted(heavy & {name.split(".")[0] for name in sys.modules}))
"""


def test_serving_pages_loads_neither_models_nor_scheduler(tmp_path: Path) -> None:
    settings = os.environ | {
        "INSTANCE_DIR": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path / 'web.db'}",
        "SEARCH_INDEX_DIR": str(tmp_path / "index"), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, env=settings, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "LOADED []" in done.stdout


def test_the_secrets_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    settings = {key: value for key, value in os.environ.items() if key not in {"SECRET_KEY", "SECURITY_PASSWORD_SALT"}}
    settings |= {"INSTANCE_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    program = "import config; print(config.settings()['SECRET_KEY'])"
    run = [
        subprocess.run([sys.executable, "-c", program], env=settings, capture_output=True, text=True, timeout=60).stdout
        for _ in range(2)
    ]
    assert run[0] == run[1]
    assert len(run[0].strip()) == 64
    assert (tmp_path / "secret_key.txt").stat().st_mode & 0o077 == 0
