# Groundwork on a team's own server. Build: docker build -t groundwork .
# Everybody signs in, at first with the set-up code of the log; /data holds everything that lasts. See docs/operating.md.
FROM python:3.12-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    GROUNDWORK_HOME=/data GROUNDWORK_MODEL_CACHE=/data/models GROUNDWORK_SIGN_IN=required

WORKDIR /app
COPY requirements.txt ./
RUN pip install --requirement requirements.txt
COPY .streamlit/config.toml .streamlit/config.toml
COPY Home.py ./
COPY pages pages
COPY components components
COPY static static
COPY README.md ./
COPY docs docs

RUN useradd --uid 10001 --create-home groundwork && mkdir /data && chown 10001 /data
USER 10001
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["streamlit", "run", "Home.py", "--server.address", "0.0.0.0", "--server.port", "8501", "--server.headless", "true"]
