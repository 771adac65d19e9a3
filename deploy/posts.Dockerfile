# The Posts service and its worker: docker build -f deploy/posts.Dockerfile .
FROM python:3.12-slim AS build
WORKDIR /build
# To send spans: --build-arg WITH_OTEL=yes (docs/deployment.md); for pictures in a bucket: WITH_S3=yes (docs/media.md);
# for streams over Redis: WITH_REDIS=yes (docs/stream.md)
ARG WITH_OTEL=
ARG WITH_S3=
ARG WITH_REDIS=
COPY requirements.txt requirements-otel.txt requirements-s3.txt requirements-redis.txt ./
COPY shared/requirements.txt shared/
COPY posts_project/requirements.txt posts_project/
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir -r posts_project/requirements.txt \
    ${WITH_OTEL:+-r requirements-otel.txt} ${WITH_S3:+-r requirements-s3.txt} ${WITH_REDIS:+-r requirements-redis.txt}

FROM python:3.12-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin app && install -d -o 10001 /srv/media
COPY --from=build /venv /venv
WORKDIR /app
COPY shared shared
COPY posts_project posts_project
COPY manage_posts.py ./
USER 10001
ENV GRANIAN_WORKERS=2 GRANIAN_RESPAWN_FAILED_WORKERS=true GRANIAN_BLOCKING_THREADS=4 PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
EXPOSE 8002
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8002/readyz', timeout=2)"]
CMD ["python", "manage_posts.py", "serve", "--host", "0.0.0.0"]
