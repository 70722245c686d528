"""Asks the collector as an agent does, by the Python SDK of the Model Context Protocol.

agent.py URL, or agent.py PROGRAM ARGUMENT...; writes what it learns as JSON.
"""

import asyncio
import json
import sys

from mcp import Client, StdioServerParameters, stdio_client


def server():
    if len(sys.argv) == 2:
        return sys.argv[1]
    return stdio_client(StdioServerParameters(command=sys.argv[1], args=sys.argv[2:]))


async def ask(mode):
    async with Client(server(), mode=mode) as client:
        tools = await client.list_tools()
        found = await client.call_tool("search_traces", {"query": "name~GET"})
        wrong = await client.call_tool("search_traces", {"query": "a (b"})
        return {
            "tools": [tool.name for tool in tools.tools],
            "found": found.content[0].text,
            "failed": bool(found.is_error),
            "wrong": wrong.content[0].text,
            "said so": bool(wrong.is_error),
        }


async def main():
    # As agents of before 2026-07-28 speak, and as those since.
    print(json.dumps([await ask(mode) for mode in ("legacy", "auto")]))


asyncio.run(main())
