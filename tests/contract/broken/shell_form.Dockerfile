FROM python:3.11-slim-bookworm
COPY program.py server.py trainer.py breach.py /opt/program/
WORKDIR /opt/program
ENTRYPOINT python /opt/program/program.py
