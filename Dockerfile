# One image for every role of docker-compose.yml: torikomi's machines and Prefect's server with PostgreSQL and Redis.
FROM python:3.11.11-slim-bookworm
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      tesseract-ocr tesseract-ocr-jpn tesseract-ocr-jpn-vert fonts-morisawa-bizud-gothic \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/torikomi
COPY pyproject.toml constraints.txt README.md LICENSE NOTICE ./
COPY torikomi torikomi
COPY records records
COPY ocr ocr
COPY connectors connectors
COPY initiatives initiatives
COPY desk desk
COPY flows flows
COPY samples samples
RUN pip install --no-cache-dir -c constraints.txt '.[postgresql]' prefect-redis==0.3.0
RUN useradd --create-home --uid 1000 torikomi
USER torikomi
WORKDIR /site
CMD ["torikomi", "--help"]
