# The Auth service and its worker: docker build -f deploy/auth.Dockerfile .
FROM python:3.12-slim AS build
WORKDIR /build
# To send spans: --build-arg WITH_OTEL=yes (docs/deployment.md)
ARG WITH_OTEL=
COPY requirements.txt requirements-otel.txt ./
COPY shared/requirements.txt shared/
COPY auth_project/requirements.txt auth_project/
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir -r auth_project/requirements.txt \
    ${WITH_OTEL:+-r requirements-otel.txt}

FROM python:3.12-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin app && install -d -o 10001 /srv/media
COPY --from=build /venv /venv
WORKDIR /app
COPY shared shared
COPY auth_project auth_project
COPY manage_auth.py ./
USER 10001
ENV GRANIAN_WORKERS=2 GRANIAN_RESPAWN_FAILED_WORKERS=true GRANIAN_BLOCKING_THREADS=32 PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
EXPOSE 8001
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8001/readyz', timeout=2)"]
CMD ["python", "manage_auth.py", "serve", "--host", "0.0.0.0"]
