"""The other end of what tests/recipes/models runs: clients of models, and both sides of MCP.

`model_ends.py openai URL`, `anthropic URL` ask through a proxy and print the text and the
bytes, `tool URL` calls a tool of a server, `server` is one on pipes.
"""

import asyncio
import sys

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

trace.set_tracer_provider(TracerProvider())


def trace_id():
    return format(trace.get_current_span().get_span_context().trace_id, "032x")


def ask_openai(url):
    from openai import OpenAI

    client = OpenAI(base_url=url + "/v1", api_key="k", max_retries=0)
    asked = {"model": "gpt-5", "messages": [{"role": "user", "content": "s3cr3t"}], "stream": True}
    text = ""
    for part in client.chat.completions.create(**asked):
        for choice in part.choices:
            text += choice.delta.content or ""
    print(text)
    with client.chat.completions.with_streaming_response.create(**asked) as answer:
        print(b"".join(answer.iter_bytes()).hex())


def ask_anthropic(url):
    from anthropic import Anthropic

    client = Anthropic(base_url=url, api_key="k", max_retries=0)
    asked = {"model": "claude-5", "max_tokens": 9, "messages": [{"role": "user", "content": "s3cr3t"}]}
    with client.messages.stream(**asked) as answer:
        print("".join(answer.text_stream))
    with client.messages.with_streaming_response.create(stream=True, **asked) as answer:
        print(b"".join(answer.iter_bytes()).hex())


async def call_tool(url):
    from mcp import Client

    async with Client(url) as client:
        with trace.get_tracer("test").start_as_current_span("ask"):
            answer = await client.call_tool("stock", {"of": "bread"})
            print(trace_id(), answer.content[0].text)


def serve():
    from mcp.server.mcpserver import MCPServer

    server = MCPServer("shop")

    @server.tool()
    def stock(of: str) -> str:
        """Counts what is in stock."""
        return trace_id() + " " + of

    server.run("stdio")


match sys.argv[1:]:
    case ["openai", url]:
        ask_openai(url)
    case ["anthropic", url]:
        ask_anthropic(url)
    case ["tool", url]:
        asyncio.run(call_tool(url))
    case ["server"]:
        serve()
