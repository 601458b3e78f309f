"""Asks, cuts in after a while, and reads the second answer to its end; prints each message as one line of JSON.

Usage: cut_in.py URL FIRST_PROMPT SECOND_PROMPT CUT_IN_AFTER_CHUNKS
"""
import asyncio
import json
import sys

import websockets


async def main(url, first, second, chunks):
    async with websockets.connect(url) as ws:
        await ws.send(json.dumps({"inputText": first}))
        received = 0
        async for text in ws:
            message = json.loads(text)
            print(json.dumps(message), flush=True)
            received += 1
            if received == chunks:
                await ws.send(json.dumps({"inputText": second}, ensure_ascii=False))
            if message.get("type") == "complete":
                return


asyncio.run(asyncio.wait_for(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])), 30))
