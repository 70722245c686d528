"""git.v1.Authors in Python, with grpcio and its OpenTelemetry instrumentation.

authors.py serve            answers, until its input ends
authors.py ask HOST:PORT    asks three times, and prints what came

Messages are written by hand, as they have one field or two.
"""

import sys
from concurrent import futures

import grpc
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.grpc import GrpcInstrumentorClient, GrpcInstrumentorServer
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

METHOD = "/git.v1.Authors/Find"

provider = TracerProvider()
# Made before the instrumentation, whose business it is not.
provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(insecure=True)))
trace.set_tracer_provider(provider)


def commit(repo, number):
    return bytes([0x08, repo, 0x10, number])


def author(name):
    return bytes([0x0A, len(name)]) + name.encode()


def find(request, context):
    if request == commit(7, 1):
        return author("Grace")
    context.abort(grpc.StatusCode.NOT_FOUND, "nobody wrote that")


def serve():
    GrpcInstrumentorServer().instrument()
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
    find_handler = grpc.unary_unary_rpc_method_handler(find)
    handlers = grpc.method_handlers_generic_handler("git.v1.Authors", {"Find": find_handler})
    server.add_generic_rpc_handlers((handlers,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"listening on http://127.0.0.1:{port}", flush=True)
    sys.stdin.read()
    server.stop(None).wait()


def ask(address):
    GrpcInstrumentorClient().instrument()
    with grpc.insecure_channel(address) as channel:
        method = channel.unary_unary(METHOD)
        with trace.get_tracer("asks").start_as_current_span("asks"):
            for number in (1, 2):
                try:
                    print(method(commit(7, number), timeout=30)[2:].decode())
                except grpc.RpcError as error:
                    print(error.code().name)
            lost = channel.unary_unary("/git.v1.Authors/Lose")
            try:
                lost(b"", timeout=30)
            except grpc.RpcError as error:
                print(error.code().name)


serve() if sys.argv[1] == "serve" else ask(sys.argv[2])
provider.shutdown()
