// A script with the TypeScript client, which is generated from the contract: its types hold what the real server says, from signing in
// with a token to the stream. The Go client has a test of its own, which asks for every operation.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Attune, eventually } from './attune.mjs';

const run = promisify(execFile);
const CLIENT = fileURLToPath(new URL('../clients/typescript', import.meta.url));
const tsc = (...args) => run(process.execPath, [join(CLIENT, 'node_modules', 'typescript', 'bin', 'tsc'), ...args], { cwd: CLIENT });

test('a script with the TypeScript client', { timeout: 240_000 }, async (t) => {
  try {
    await tsc('--project', 'tsconfig.example.json');
  } catch (err) {
    assert.fail(`the client and its example do not agree with the contract:\n${err.stdout}`);
  }
  const { flow } = await import(join(CLIENT, 'build', 'example', 'flow.js'));
  const { attune, wanted, Refused } = await import(join(CLIENT, 'build', 'src', 'index.js'));

  const server = await Attune.create(t);
  await server.start();
  const { token } = await server.cli('tokens', 'add', 'script', '--role', 'clinician', '--role', 'publisher');
  const authorization = `Basic ${Buffer.from(`${server.keys.app}:`).toString('base64')}`;
  for (const event of [
    { type: 'identify', traits: { first_name: 'Ana', email: 'ana@people.example', timezone: 'America/New_York' } },
    { type: 'track', event: 'clinical.condition_recorded', properties: { codes: ['44054006'] } },
  ]) {
    const r = await fetch(`${server.url}/v1/${event.type}`, {
      method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify({ ...event, userId: 'ana', messageId: `e2e-${event.type}` }),
    });
    assert.equal(r.status, 200);
  }
  await eventually(() => server.events('app:ana'), (e) => e['clinical.condition_recorded'] === 1);

  const seen = await flow(server.url, token, 'app:ana');
  assert.deepEqual(seen.me.roles.toSorted(), ['clinician', 'publisher']);
  assert.equal(seen.person.traits.first_name, 'Ana');
  assert.ok(seen.story.lines.some((l) => l.event === 'clinical.condition_recorded'), 'the timeline lacks what happened');
  assert.ok(Array.isArray(seen.decisions.decisions));
  assert.equal(seen.published.number, 2);
  assert.equal(seen.changed.problem.status, 412);
  assert.equal(seen.changed.problem.field, 'If-Match');
  assert.equal(seen.changed.problem.current.number, 2);
  assert.equal(seen.progress.at(-1).done, 60);
  assert.equal(seen.simulated.people, 60);
  assert.equal(seen.heard[0].topic, 'delivery');
  assert.deepEqual(seen.heard[0].state.pauses, []);
  assert.ok(seen.heard.at(-1).patch.pauses?.length === 1, 'the stream does not tell of the pause');

  await assert.rejects(wanted(attune({ server: server.url, token: 'att_wrong' }).GET('/v1/me')), (err) => err instanceof Refused && err.problem.status === 401);
});

// What the contract does not have, the types refuse.
test('the types refuse what the contract does not have', { timeout: 120_000 }, async () => {
  await assert.rejects(tsc('--project', 'tsconfig.wrong.json'), (err) => {
    assert.match(err.stdout, /wrong\.ts\(5,\d+\): error TS2554/); // an address that there is not
    assert.match(err.stdout, /wrong\.ts\(6,\d+\): error TS2741/); // no purpose
    assert.match(err.stdout, /wrong\.ts\(7,\d+\): error TS2322/); // a number where words belong
    return true;
  });
});
