// What an editor shows while somebody writes a program: the language server that editors run, asked
// about the files of a program for which `attune schema` was run.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { binary } from './attune.mjs';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const manifest = createRequire(import.meta.url).resolve('yaml-language-server/package.json');
const server = join(dirname(manifest), 'bin', 'yaml-language-server');

/** A language server on its standard input and output, with no network and no settings but the least. */
class Editor {
  #process = spawn(process.execPath, [server, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  #answers = new Map();
  #problems = new Map();
  #unread = Buffer.alloc(0);
  #ids = 0;

  async start(folder) {
    this.#process.stdout.on('data', (bytes) => this.#read(bytes));
    const uri = pathToFileURL(folder).href;
    await this.#ask('initialize', {
      processId: process.pid, rootUri: uri, workspaceFolders: [{ uri, name: 'program' }],
      capabilities: { textDocument: { completion: { completionItem: {} }, hover: { contentFormat: ['markdown'] } }, workspace: { configuration: true } },
    });
    this.#send({ method: 'initialized', params: {} });
  }

  stop() {
    this.#process.kill();
  }

  /** Opens a text in place of a file and returns what is said of it. */
  async open(path, text) {
    const uri = pathToFileURL(path).href;
    const problems = new Promise((resolve) => this.#problems.set(uri, resolve));
    this.#send({ method: 'textDocument/didOpen', params: { textDocument: { uri, languageId: 'yaml', version: 1, text } } });
    return problems;
  }

  async complete(path, line, character) {
    const answer = await this.#ask('textDocument/completion', { textDocument: { uri: pathToFileURL(path).href }, position: { line, character } });
    return answer.items.map((i) => i.label);
  }

  async hover(path, line, character) {
    const answer = await this.#ask('textDocument/hover', { textDocument: { uri: pathToFileURL(path).href }, position: { line, character } });
    return answer?.contents.value ?? '';
  }

  #ask(method, params) {
    const id = ++this.#ids;
    const answer = new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject }));
    this.#send({ id, method, params });
    return answer;
  }

  #send(message) {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.#process.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  #read(bytes) {
    this.#unread = Buffer.concat([this.#unread, bytes]);
    for (;;) {
      const end = this.#unread.indexOf('\r\n\r\n');
      const length = Number(/Content-Length: (\d+)/.exec(this.#unread.subarray(0, Math.max(end, 0)).toString())?.[1]);
      if (end < 0 || this.#unread.length < end + 4 + length) return;
      const message = JSON.parse(this.#unread.subarray(end + 4, end + 4 + length).toString());
      this.#unread = this.#unread.subarray(end + 4 + length);
      this.#take(message);
    }
  }

  #take({ id, method, params, result, error }) {
    if (method === 'workspace/configuration') {
      const yaml = { validate: true, completion: true, hover: true, schemaStore: { enable: false }, yamlVersion: '1.2' };
      this.#send({ id, result: params.items.map((i) => (i.section === 'yaml' ? yaml : null)) });
    } else if (method === 'textDocument/publishDiagnostics') {
      this.#problems.get(params.uri)?.(params.diagnostics.map((d) => `${d.range.start.line + 1}:${d.range.start.character + 1} ${d.message}`));
    } else if (method && id !== undefined) {
      this.#send({ id, result: null });
    } else if (this.#answers.has(id)) {
      const { resolve, reject } = this.#answers.get(id);
      this.#answers.delete(id);
      if (error) reject(new Error(error.message));
      else resolve(result);
    }
  }
}

describe('an editor', () => {
  let folder;
  const editor = new Editor();
  let beginning = '';

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attune-editor-'));
    await cp(join(ROOT, 'internal/programdir/testdata/programs/living_well'), folder, { recursive: true });
    await run(await binary(), ['schema', folder]);
    await editor.start(folder);
    beginning = (await readFile(join(folder, 'engagements/check_in.yaml'), 'utf8')).split('\n')[0] + '\n';
  });
  after(async () => {
    editor.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('finds nothing wrong with a program that is valid', async () => {
    const files = [
      'program.yaml', 'map.yaml', 'policy.yaml', 'signals.yaml', 'audiences.yaml', 'behaviors.yaml', 'outcomes.yaml', 'valuesets.yaml', 'words.yaml', 'events.yaml',
      'engagements/check_in.yaml', 'engagements/refill_reminder.yaml', 'journeys/first_year.yaml', 'journeys/before_a_visit.yaml',
    ];
    for (const file of files) {
      const path = join(folder, file);
      assert.deepEqual(await editor.open(path, await readFile(path, 'utf8')), [], file);
    }
  });

  it('completes the names of fields', async () => {
    const path = join(folder, 'engagements/fields.yaml');
    await editor.open(path, `${beginning}engagement: fields\n\n`);
    const fields = await editor.complete(path, 2, 0);
    for (const name of ['purpose', 'audience', 'variants', 'coordination']) assert.ok(fields.includes(name), `${name} is not among ${fields}`);
    assert.ok(!fields.includes('engagement'), 'a field that is there is offered again');
  });

  it('completes words, and events with those of the program', async () => {
    const path = join(folder, 'engagements/words.yaml');
    await editor.open(path, `${beginning}engagement: words\nprocess: \nwhen: {on: }\n`);
    assert.ok((await editor.complete(path, 2, 9)).includes('stimulus_control'));
    const events = await editor.complete(path, 3, 11);
    for (const name of ['appointment.booked', 'foot_check.sent']) assert.ok(events.includes(name), `${name} is not among ${events}`);
  });

  it('tells what a field means', async () => {
    const path = join(folder, 'engagements/hover.yaml');
    await editor.open(path, `${beginning}engagement: hover\nexpires: 5d\n`);
    assert.match(await editor.hover(path, 2, 3), /How long after the decision it still makes sense/);
  });

  it('marks what is wrong at its place', async () => {
    const path = join(folder, 'engagements/wrong.yaml');
    const problems = await editor.open(path, `${beginning}engagement: wrong\npurpose: treatment_support\naudience: patients\nvalue: 1\nexpires: 5 days\nexpiers: 5d\nvariants: [{id: a, email: b}]\n`);
    assert.ok(problems.some((p) => p.startsWith('4:11 ') && p.includes('patient')), problems.join('\n'));
    assert.ok(problems.some((p) => p.startsWith('6:10 ')), problems.join('\n'));
    assert.ok(problems.some((p) => p.startsWith('7:1 ') && p.includes('expiers')), problems.join('\n'));
  });

  it('marks a wrong field within a step', async () => {
    const path = join(folder, 'journeys/wrong.yaml');
    const first = beginning.replace('engagement', 'journey');
    const problems = await editor.open(path, `${first}journey: wrong\nenter: {on: appointment.booked}\nsteps:\n  - {await: {on: portal.visited, within: 7d, esle: a}}\n`);
    assert.ok(problems.some((p) => p.startsWith('5:')), problems.join('\n'));
  });
});
