// A real Attune for tests: the binary, a data folder of its own, a port of its own.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('..', import.meta.url));

let built;

/** The path of the binary: ATTUNE_BIN, or ../bin/attune, built once from this tree. */
export async function binary() {
  if (process.env.ATTUNE_BIN) return process.env.ATTUNE_BIN;
  const bin = join(ROOT, 'bin', 'attune');
  built ??= run('go', ['build', '-o', bin, './cmd/attune'], { cwd: ROOT, maxBuffer: 1 << 24 });
  await built;
  return bin;
}

/** A port nobody listens on at the moment. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const s = createServer();
    s.on('error', reject);
    s.listen(0, '127.0.0.1', () => {
      const { port } = s.address();
      s.close(() => resolve(port));
    });
  });
}

export class Attune {
  /** What the server wrote, for the message of a failing test. */
  output = '';
  #process;
  #gone;

  constructor({ bin, data, port, program }) {
    Object.assign(this, { bin, data, port, program, url: `http://127.0.0.1:${port}` });
  }

  /**
   * Makes a data folder with a write key for each source; start() then starts the server. With a
   * test's context it is stopped and removed when the test ends.
   */
  static async create(t, { sources = ['app'], program = join(ROOT, 'programs', 'diabetes') } = {}) {
    const data = await mkdtemp(join(tmpdir(), 'attune-e2e-'));
    const attune = new Attune({ bin: await binary(), data, port: await freePort(), program });
    t?.after(async () => {
      await attune.stop();
      if (!process.env.ATTUNE_KEEP) await rm(data, { recursive: true, force: true });
    });
    attune.keys = {};
    for (const source of sources) attune.keys[source] = (await attune.cli('keys', 'add', source)).write_key;
    return attune;
  }

  /** Starts the server and waits until it is healthy. */
  async start() {
    if (this.#process) throw new Error('it runs already');
    const child = spawn(this.bin, ['serve', '--data', this.data, '--listen', `127.0.0.1:${this.port}`, '--program', this.program], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (b) => { this.output = (this.output + b).slice(-100_000); });
    this.#process = child;
    this.#gone = new Promise((resolve) => {
      child.on('error', (err) => { this.output += err.message; resolve(); });
      child.on('exit', resolve);
    }).then(() => { this.#process = undefined; });
    const deadline = Date.now() + 30_000;
    while (!(await this.healthy())) {
      if (!this.#process || Date.now() > deadline) {
        const { output } = this;
        await this.kill();
        throw new Error(`attune did not become healthy; it wrote:\n${output}`);
      }
      await sleep(25);
    }
    return this;
  }

  async healthy() {
    try {
      return (await fetch(`${this.url}/healthz`, { signal: AbortSignal.timeout(1000) })).status === 200;
    } catch {
      return false;
    }
  }

  /** Asks the server to end, and waits. */
  stop() { return this.#end('SIGTERM'); }

  /** Takes the process away, as a power cut would. */
  kill() { return this.#end('SIGKILL'); }

  async #end(signal) {
    const child = this.#process;
    if (!child) return;
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
    await this.#gone;
    clearTimeout(late);
  }

  /** Runs a command on the data folder and returns what it printed as JSON. */
  async cli(...args) {
    try {
      const { stdout } = await run(this.bin, [...args, '--data', this.data, '--json'], { maxBuffer: 1 << 26 });
      return JSON.parse(stdout);
    } catch (err) {
      throw new Error(`attune ${args.join(' ')}: ${err.message}\n${err.stderr ?? ''}`);
    }
  }

  person(who) { return this.cli('person', who); }
  doctor() { return this.cli('doctor'); }

  /** How often each event happened to somebody; nobody has had none. */
  async events(who) {
    try {
      return (await this.person(who)).events;
    } catch {
      return {};
    }
  }
}

/**
 * Asks until the answer satisfies, then once more a little later, in case something comes that should
 * not. Returns the last answer either way, to be asserted on.
 */
export async function eventually(ask, satisfies, within = 30_000) {
  const deadline = Date.now() + within;
  for (;;) {
    const answer = await ask();
    if (satisfies(answer)) break;
    if (Date.now() > deadline) return answer;
    await sleep(100);
  }
  await sleep(300);
  return ask();
}

/** The program as it is, but without waits, with contact hours around the clock, and nothing left to chance. */
export async function quick(program) {
  await cp(join(ROOT, 'programs', 'diabetes'), program, { recursive: true });
  const change = async (file, from, to) => {
    const text = await readFile(join(program, file), 'utf8');
    assert.match(text, from, `${file} has changed`);
    await writeFile(join(program, file), text.replace(from, to));
  };
  await change('journeys/welcome.yaml', /  # Let the record[^]*wait: 5m\n/, '');
  await change('journeys/first_weeks.yaml', /  - wait: 3d\n[^]*portal\n/, '');
  await change('policy.yaml', /\{from: "08:00", to: "21:00"\}/, '{from: "00:00", to: "24:00"}');
  await change('policy.yaml', /# What is best to say is found out[^]*$/, '');
  return program;
}
