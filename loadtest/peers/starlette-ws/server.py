"""The text protocol as a Python server would speak it, to measure against: Debian's python3-starlette, python3-uvicorn, python3-websockets.

    /usr/bin/python3 server.py [PORT]

Answers each prompt with `chunks=N` chunks, `delay_ms=D` apart; a new prompt cuts in.
"""
import asyncio
import json
import sys
import time

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocketDisconnect

STARTED = int(time.time())


async def ping(request):
    return JSONResponse({"status": "Healthy", "time_of_last_update": STARTED})


async def answer(socket, prompt, sent):
    script = dict(word.split("=") for word in prompt.split() if "=" in word)
    for number in range(int(script.get("chunks", 200))):
        data = f"{number} abcdefghijklmnopqrstuvwxyz"[:24]
        sent.append(data)
        await socket.send_text(json.dumps({"type": "chunk", "data": data}))
        await asyncio.sleep(int(script.get("delay_ms", 5)) / 1000)
    await socket.send_text(json.dumps({"type": "complete", "fullResponse": "".join(sent)}))


async def talk(socket):
    await socket.accept()
    turn, sent = None, []
    try:
        while True:
            prompt = json.loads(await socket.receive_text())["inputText"]
            if turn and not turn.done():
                turn.cancel()
                await socket.send_text(json.dumps({"type": "interrupted", "partialResponse": "".join(sent)}))
            sent = []
            turn = asyncio.create_task(answer(socket, prompt, sent))
    except WebSocketDisconnect:
        if turn:
            turn.cancel()


if __name__ == "__main__":
    uvicorn.run(Starlette(routes=[Route("/ping", ping), WebSocketRoute("/ws", talk)]), host="127.0.0.1",
                port=int(sys.argv[1]) if len(sys.argv) > 1 else 8080, log_level="warning")
