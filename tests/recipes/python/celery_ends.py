"""Both ends of a queue of Celery, instrumented by OpenTelemetry.

`send URL` sends a task to the queue `ovens` in a span of its own; `work URL` works on one
task of the queue `cakes`. Each prints the id of the trace that it was in.
"""

import os
import sys

from celery import Celery
from celery.signals import task_postrun
from opentelemetry import trace
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.sdk.trace import TracerProvider

trace.set_tracer_provider(TracerProvider())
CeleryInstrumentor().instrument()

role, url = sys.argv[1:3]
app = Celery("shop", broker=url)
app.conf.worker_hijack_root_logger = False
# What is printed is what is asked for.
app.conf.worker_redirect_stdouts = False
app.conf.broker_connection_retry_on_startup = True


def trace_id():
    context = trace.get_current_span().get_span_context()
    return format(context.trace_id, "032x")


@app.task(name="eat")
def eat(cakes):
    print(trace_id(), cakes, flush=True)


if role == "send":
    with trace.get_tracer("shop").start_as_current_span("checkout"):
        app.send_task("bake", args=[3], queue="ovens")
        print(trace_id(), flush=True)
else:
    worker = app.Worker(pool="solo", queues=["cakes"], loglevel="ERROR", quiet=True)
    # One task is enough, and a warm shutdown waits for more.
    task_postrun.connect(lambda **_: os._exit(0), weak=False)
    worker.start()
