"""Which Django backend for MongoDB works? The table of docs/adr/0001-mongodb-backend.md.

    .venv/bin/python -m tools.devstack exec -- .venv/bin/python benchmarks/mongodb_backends.py

Makes a virtual environment for each candidate in a temporary folder, runs the same probes in each against the server
of MONGODB_URL, and prints a table. Nothing of it is part of the product.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

CANDIDATES = {
    "djongo 1.3.7, its own pins": ["djongo==1.3.7", "pymongo<4", "setuptools<80"],
    "djongo 1.3.6, Django 4.1": ["djongo==1.3.6", "Django==4.1.13", "pymongo<4", "sqlparse==0.2.4", "pytz"],
    "djongo 1.3.7, Django 5.2": [
        "--no-deps",
        "djongo==1.3.7",
        "Django==5.2.19",
        "asgiref",
        "sqlparse",
        "pymongo<4",
        "pytz",
    ],
    "django-mongodb-backend 5.2.4": ["django-mongodb-backend==5.2.4", "Django==5.2.19"],
}

PROBE = r"""
import json, os, sys, time, uuid
engine, url = sys.argv[1], os.environ["MONGODB_URL"]
from urllib.parse import urlsplit
import django
from django.conf import settings
name = f"probe_{uuid.uuid4().hex[:8]}"
parts = urlsplit(url)
host = parts._replace(path="/").geturl()
database = {"ENGINE": engine, "NAME": name, "ENFORCE_SCHEMA": False, "CLIENT": {"host": host}}
if engine != "djongo":
    database = {"ENGINE": engine, "NAME": name, "HOST": host}
auto = "django.db.models.AutoField" if engine == "djongo" else "django_mongodb_backend.fields.ObjectIdAutoField"
settings.configure(
    DATABASES={"default": database}, DEFAULT_AUTO_FIELD=auto, INSTALLED_APPS=[], USE_TZ=True, SECRET_KEY="x"
)
django.setup()
from django.db import IntegrityError, connection, models
from django.db.models import F

class Person(models.Model):
    name = models.CharField(max_length=30, unique=True)
    is_active = models.BooleanField(default=True)
    visits = models.IntegerField(default=0)
    class Meta:
        app_label = "probe"

def create_table():
    with connection.schema_editor() as editor:
        editor.create_model(Person)

def insert():
    for number in range(200):
        Person.objects.create(name=f"p{number}", is_active=bool(number % 2), visits=number)

def unique():
    try:
        Person.objects.create(name="p1")
    except IntegrityError:
        return
    raise AssertionError("no IntegrityError")

def update():
    assert Person.objects.filter(name="p7").update(visits=F("visits") + 1) == 1
    assert Person.objects.get(name="p7").visits == 8

def check(condition):
    assert condition

PROBES = {
    "create a table": create_table,
    "insert": insert,
    "get by a unique field": lambda: check(Person.objects.get(name="p7").visits == 7),
    "filter(is_active=True)": lambda: check(Person.objects.filter(is_active=True).count() == 100),
    "exclude": lambda: check(Person.objects.exclude(is_active=True).count() == 100),
    "exists()": lambda: check(Person.objects.filter(name="p7").exists()),
    "a duplicate is an IntegrityError": unique,
    "update(F() + 1)": update,
    "order_by and slice": lambda: check([p.visits for p in Person.objects.order_by("-visits")[:3]] == [199, 198, 197]),
    "in": lambda: check(Person.objects.filter(name__in=["p1", "p2", "nobody"]).count() == 2),
    "startswith is literal": lambda: check(Person.objects.filter(name__startswith="p.").count() == 0),
    "values_list": lambda: check(list(Person.objects.filter(name="p3").values_list("name", flat=True)) == ["p3"]),
    "aggregate": lambda: check(Person.objects.aggregate(m=models.Max("visits"))["m"] == 199),
    "delete": lambda: check(Person.objects.filter(name="p9").delete()[0] == 1),
}
results = {}
for title, probe in PROBES.items():
    try:
        probe(); results[title] = "ok"
    except Exception as error:
        cause = error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        results[title] = type(cause).__name__
try:
    started = time.perf_counter()
    for _ in range(200):
        Person.objects.get(name="p7")
    results["ms a get"] = f"{(time.perf_counter() - started) * 5:.2f}"
except Exception:
    results["ms a get"] = "-"
print("RESULT " + json.dumps(results))
"""


def probe(name: str, requirements: list[str], folder: Path) -> dict[str, str]:
    venv = folder / name.replace(" ", "_").replace(",", "")
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    pip = [venv / "bin/python", "-m", "pip", "install", "--quiet", *requirements]
    installed = subprocess.run(pip, capture_output=True, text=True, check=False)
    if installed.returncode:
        return {"install": installed.stderr.strip().splitlines()[-1][:80]}
    engine = "djongo" if "djongo==" in " ".join(requirements) else "django_mongodb_backend"
    command = [venv / "bin/python", "-W", "ignore", "-c", PROBE, engine]
    result = subprocess.run(command, capture_output=True, text=True, env=os.environ, timeout=300, check=False)
    lines = [line for line in result.stdout.splitlines() if line.startswith("RESULT ")]
    if not lines:
        return {"start": result.stderr.strip().splitlines()[-1][:80]}
    return json.loads(lines[-1].removeprefix("RESULT "))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        results = {name: probe(name, packages, Path(folder)) for name, packages in CANDIDATES.items()}
    titles = list(dict.fromkeys(title for result in results.values() for title in result))
    print("| probe | " + " | ".join(results) + " |")
    print("|---" * (len(results) + 1) + "|")
    for title in titles:
        print(f"| {title} | " + " | ".join(result.get(title, "–") for result in results.values()) + " |")


if __name__ == "__main__":
    main()
