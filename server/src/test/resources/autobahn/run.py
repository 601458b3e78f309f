# Runs cases of the Autobahn suite against a server: run.py URL OUTDIR CASE... (a case may be a pattern, as 7.*).
# Writes OUTDIR/results.txt, one line a case: id, behaviour, behaviour at the close, the server's close code.
import json
import os
import sys

from autobahntestsuite import fuzzing, wstest

# The suite gives a server one second for most things, and a Jython that is short of processor time needs it for itself. Only a server
# that does not answer at all meets these limits.
PATIENCE = 10
kill_after = fuzzing.FuzzingProtocol.killAfter
fuzzing.FuzzingProtocol.killAfter = lambda protocol, seconds: kill_after(protocol, seconds * PATIENCE)


# A case whose answer has not come within a second closes without a code: with the one it closes with once the answer has come.
def close_after(protocol):
    if protocol.state != fuzzing.WebSocketProtocol.STATE_CLOSED:
        protocol.wirelog.append(("TIE",))
        protocol.sendClose(1000)


fuzzing.FuzzingProtocol.executeCloseAfter = close_after

url, outdir, cases = sys.argv[1], sys.argv[2], sys.argv[3:]
wstest.start({'mode': 'fuzzingclient'}, {
    'outdir': outdir,
    'servers': [{'agent': 'bargein', 'url': url}],
    'options': {'version': 18, 'failByDrop': False, 'openHandshakeTimeout': PATIENCE, 'closeHandshakeTimeout': PATIENCE,
                'serverConnectionDropTimeout': PATIENCE},
    'cases': cases,
    'exclude-cases': [],
    'exclude-agent-cases': {},
})

with open(os.path.join(outdir, 'index.json')) as index:
    results = json.load(index)['bargein']
with open(os.path.join(outdir, 'results.txt'), 'w') as out:
    for case in sorted(results, key=lambda id: [int(part) for part in id.split('.')]):
        result = results[case]
        out.write('%s %s %s %s\n' % (case, result['behavior'], result['behaviorClose'], result['remoteCloseCode'] or '-'))
