# The Posts service and its worker: docker build -f deploy/posts.Dockerfile .
# Pinned by version; by digest with --build-arg PYTHON_IMAGE=python@sha256:… (docs/deployment.md).
ARG PYTHON_IMAGE=python:3.12.12-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
# To send spans: --build-arg WITH_OTEL=yes (docs/deployment.md); for pictures in a bucket: WITH_S3=yes (docs/media.md);
# for streams over Redis: WITH_REDIS=yes (docs/stream.md)
ARG WITH_OTEL=
ARG WITH_S3=
ARG WITH_REDIS=
COPY deploy/locks /locks
# Wheels alone, each known by its hash: nothing is compiled and nothing of a package runs while it is installed.
RUN python -m venv --without-pip /venv && python -m pip --python /venv/bin/python install \
    --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r /locks/posts.txt \
    ${WITH_OTEL:+-r /locks/otel.txt} ${WITH_S3:+-r /locks/s3.txt} ${WITH_REDIS:+-r /locks/redis.txt}
WORKDIR /app
COPY shared shared
COPY posts_project posts_project
COPY manage_posts.py ./
# The file system is read-only later: what Python would keep beside the sources is made now.
RUN python -m compileall -q .

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="social-backend-posts"
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin app && install -d -o 10001 /srv/media
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
USER 10001
ENV GRANIAN_WORKERS=2 GRANIAN_RESPAWN_FAILED_WORKERS=true GRANIAN_BLOCKING_THREADS=4 PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
EXPOSE 8002
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8002/readyz', timeout=2)"]
CMD ["python", "manage_posts.py", "serve", "--host", "0.0.0.0"]
