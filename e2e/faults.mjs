// A proxy that does to requests what networks and overloaded servers do.
import { Agent, createServer, request } from 'node:http';

/** What may happen to a request. */
export const FAULTS = {
  /** Nothing bad. */
  pass: (proxy, req, res, body) => proxy.forward(req, body, (answer, bytes) => {
    res.writeHead(answer.statusCode, answer.headers);
    res.end(bytes);
  }, () => res.destroy()),
  /** Too many requests: never reached the server. */
  busy: (_, req, res) => {
    res.writeHead(429, { 'Retry-After': '1' });
    res.end('{}');
  },
  /** Something between broke: never reached the server. */
  error: (_, req, res) => {
    res.writeHead(500);
    res.end();
  },
  /** The server took it, and the answer was lost: the client must send again. */
  lost: (proxy, req, res, body) => proxy.forward(req, body, () => res.destroy(), () => res.destroy()),
  /** The server took it, and something between said otherwise. */
  lied: (proxy, req, res, body) => proxy.forward(req, body, () => {
    res.writeHead(502);
    res.end();
  }, () => res.destroy()),
};

/**
 * Starts a proxy before `target`. `choose(n)` names the fault of the nth request. It counts what it
 * did, and how often each messageId reached the server.
 */
export async function faultyProxy(t, target, choose) {
  const { hostname, port } = new URL(target);
  const agent = new Agent({ keepAlive: false });
  const proxy = {
    done: Object.fromEntries(Object.keys(FAULTS).map((k) => [k, 0])),
    delivered: new Map(),
    forward(req, body, then, failed) {
      const out = request({ agent, hostname, port, method: req.method, path: req.url, headers: { ...req.headers, host: `${hostname}:${port}` } }, (answer) => {
        const chunks = [];
        answer.on('data', (c) => chunks.push(c));
        answer.on('end', () => {
          if (answer.statusCode === 200) {
            for (const e of JSON.parse(body).batch) proxy.delivered.set(e.messageId, (proxy.delivered.get(e.messageId) ?? 0) + 1);
          }
          then(answer, Buffer.concat(chunks));
        });
        answer.on('error', failed);
      });
      out.on('error', failed);
      out.end(body);
    },
  };
  let n = 0;
  const server = createServer((req, res) => {
    const chunks = [];
    req.on('data', (c) => chunks.push(c));
    req.on('end', () => {
      const fault = choose(n++);
      proxy.done[fault]++;
      FAULTS[fault](proxy, req, res, Buffer.concat(chunks));
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
    agent.destroy();
  });
  proxy.url = `http://127.0.0.1:${server.address().port}`;
  return proxy;
}

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function random(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
