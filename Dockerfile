FROM python:3.11-slim

WORKDIR /app
COPY requirements.txt .
# Serving needs neither TensorFlow nor Keras: the classifier runs on LiteRT.
RUN sed '/^# Training and evaluation only/,$d' requirements.txt > /tmp/serve.txt \
    && pip install --no-cache-dir -r /tmp/serve.txt \
    # Nothing here uses these 100 MB: tests and headers of libraries, and Arrow's ways to other machines.
    && cd "$(python -c 'import sysconfig; print(sysconfig.get_path("platlib"))')" \
    && rm -r pandas/tests numpy/_core/tests pyarrow/tests pyarrow/include pyarrow/*flight* pyarrow/*s3*

COPY app.py ./
COPY .streamlit .streamlit
COPY pages pages
COPY fer fer
COPY models models
RUN python -m fer fetch || echo "No YuNet: the image uses the Haar detector." \
    && useradd --create-home monitor && mkdir /data && chown monitor /data

USER monitor
ENV FER_DATA_DIR=/data PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8501
# An answer of 503 raises, and the container is unhealthy.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD \
    ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ.get('PORT', 8501)}/readyz\", timeout=4)"]
CMD ["python", "-m", "fer", "serve"]
