// The text protocol as a Node server would speak it, to measure against: `npm install`, then `node server.mjs [PORT]`.
// Answers `sim chunks=N bytes=S delay_ms=D #tag`: N chunks of S bytes, D ms apart, with D=0 as fast as they are taken.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const PORT = Number(process.argv[2] ?? process.env.PORT ?? 8080);
const FILLER = 'abcdefghijklmnopqrstuvwxyz '.repeat(4);
/** How many chunks leave in one go before other connections get their turn. */
const BATCH = 256;
/** Whether a batch is one write to the kernel; with CORK=0 each message is one, as where nobody has thought of it. */
const CORK = process.env.CORK !== '0';
/** Unsent bytes of a connection past which its answer waits. */
const HIGH_WATER_BYTES = 64 * 1024;
const STARTED = Math.floor(Date.now() / 1000);

/** Reads a prompt; throws what is wrong with it. */
function parse(text) {
  const script = { chunks: 200, bytes: 24, delay_ms: 5 };
  const [sim, ...words] = text.trim().split(/\s+/);
  if (sim !== 'sim') {
    throw new Error('inputText: no script (expected: sim chunks=N bytes=S delay_ms=D #tag)');
  }
  for (const word of words) {
    if (word.startsWith('#')) {
      break;
    }
    const [key, value] = word.split('=');
    if (!(key in script) || !/^\d+$/.test(value)) {
      throw new Error(`sim: ${word} (expected: chunks=N, bytes=S, delay_ms=D)`);
    }
    script[key] = Number(value);
  }
  return script;
}

/** The text of one chunk: its number, a blank, filler; now and then a last byte that JSON has to escape. */
function chunkText(i, bytes) {
  const text = `${i} ${bytes <= FILLER.length ? FILLER : FILLER.repeat(Math.ceil(bytes / FILLER.length))}`;
  switch (i % 16) {
    case 7: return `${text.slice(0, bytes - 1)}"`;
    case 15: return `${text.slice(0, bytes - 1)}\n`;
    default: return text.slice(0, bytes);
  }
}

/** One answer on its way. */
class Turn {
  #ws;
  #socket;
  #script;
  #onEnd;
  #next = 0;
  #sent = '';
  #timer;
  #over = false;

  constructor(ws, socket, script, onEnd) {
    this.#ws = ws;
    this.#socket = socket;
    this.#script = script;
    this.#onEnd = onEnd;
  }

  start() {
    if (this.#script.delay_ms === 0) {
      this.#burst();
    } else {
      this.#step();
      this.#timer = this.#over ? undefined : setInterval(() => this.#step(), this.#script.delay_ms);
    }
  }

  /** Stops, and returns what was sent. */
  stop() {
    this.#over = true;
    clearInterval(this.#timer);
    return this.#sent;
  }

  /** Sends while the peer takes it, a batch at a time. */
  #burst() {
    if (this.#over) {
      return;
    }
    if (CORK) {
      this.#socket.cork();
    }
    for (let i = 0; i < BATCH && !this.#over && this.#ws.bufferedAmount < HIGH_WATER_BYTES; i++) {
      this.#step();
    }
    if (CORK) {
      this.#socket.uncork();
    }
    if (this.#over) {
      return;
    }
    if (this.#ws.bufferedAmount < HIGH_WATER_BYTES) {
      setImmediate(() => this.#burst());
    } else {
      this.#socket.once('drain', () => this.#burst());
    }
  }

  #step() {
    if (this.#ws.bufferedAmount >= HIGH_WATER_BYTES) {
      return; // a slow reader misses this beat
    }
    const data = chunkText(this.#next++, this.#script.bytes);
    this.#sent += data;
    this.#ws.send(JSON.stringify({ type: 'chunk', data }));
    if (this.#next === this.#script.chunks) {
      this.#ws.send(JSON.stringify({ type: 'complete', fullResponse: this.stop() }));
      this.#onEnd();
    }
  }
}

/** The endpoints of a container on AgentCore Runtime: GET /ping, and the WebSocket at /ws. */
const http = createServer((request, response) => {
  const known = request.url === '/ping';
  response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
  response.end(JSON.stringify(known ? { status: 'Healthy', time_of_last_update: STARTED } : { error: 'path: unknown (expected: /ws or /ping)' }));
});
const server = new WebSocketServer({ server: http, path: '/ws', perMessageDeflate: false });

server.on('connection', (ws, request) => {
  let turn;

  ws.on('message', (message) => {
    let script;
    try {
      script = parse(JSON.parse(message).inputText);
    } catch (e) {
      ws.send(JSON.stringify({ error: e.message }));
      return;
    }
    if (turn) {
      ws.send(JSON.stringify({ type: 'interrupted', partialResponse: turn.stop() }));
    }
    turn = new Turn(ws, request.socket, script, () => { turn = undefined; });
    turn.start();
  });
  ws.on('error', () => ws.terminate());
  ws.on('close', () => turn?.stop());
});

http.listen(PORT, () => console.log(`listening on ${http.address().port}`));
