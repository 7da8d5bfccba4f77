"""A real Spark Connect server for the tests: one Java process with little memory, on a free port of this machine."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.postgres import free_port

SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"
SETTINGS = {
    "spark.connect.grpc.binding.address": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
}
SCRIPT = """
CREATE TABLE customers (id INT, name STRING COMMENT 'as on the card', city STRING) USING parquet COMMENT 'Who buys';
CREATE TABLE orders (id INT, customer_id INT, amount DECIMAL(10, 2), `order day` DATE) USING parquet;
INSERT INTO customers VALUES (1, '王芳', '北京'), (2, 'Ann', NULL), (3, 'Bob', '100% Town');
INSERT INTO orders VALUES (1, 1, 4.50, DATE '2024-01-02'), (2, 1, 12.00, NULL), (3, 2, 4.50, DATE '2024-02-03'), (4, 3, 30.25, NULL);
CREATE VIEW sold AS SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id;
CREATE SCHEMA back_room;
CREATE TABLE back_room.boxes (id BIGINT) USING parquet
"""


@contextmanager
def server() -> Iterator[str]:
    """Start it and give its address; stop it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="qsql-spark-"))
    try:
        with running(folder, free_port()) as address:
            yield address
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(folder: Path, port: int) -> Iterator[str]:
    """A server that keeps its tables in `folder`, which has none at its start."""
    if shutil.which("java") is None:
        pytest.skip("Java is not installed: there is no java in PATH")
    import pyspark

    home = Path(pyspark.__file__).parent
    settings = SETTINGS | {"spark.connect.grpc.binding.port": port, "spark.sql.warehouse.dir": folder / "tables", "spark.local.dir": folder}
    options = [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
    command = [home / "bin/spark-submit", "--class", SERVER, "--master", "local[2]", "--driver-memory", "700m", *options, "spark-internal"]
    environment = {**os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1"}
    quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    process = subprocess.Popen(list(map(str, command)), cwd=folder, env=environment, **quiet)
    try:
        _wait_until_it_listens(process, port)
        yield f"sc://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def run(address: str, script: str) -> None:
    """Statements as anyone may run them who reaches the server."""
    from pyspark.sql.connect.session import SparkSession

    session = SparkSession.builder.remote(address).create()
    for statement in script.strip().split(";\n"):
        session.sql(statement).collect()
    session.stop()


def _wait_until_it_listens(process: subprocess.Popen, port: int) -> None:
    import socket

    for _ in range(1200):
        assert process.poll() is None, f"Spark ended with {process.returncode}"
        try:
            with socket.create_connection(("127.0.0.1", port), 5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("Spark did not answer")
