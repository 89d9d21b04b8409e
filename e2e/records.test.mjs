// Real records through the whole path: who is engaged, who is not, and that the numbers add up.
// The records are not part of the project; where they are not beside it, the test is skipped.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Attune, eventually } from './attune.mjs';
import { readTable } from './feed/csv.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const RECORDS = process.env.ATTUNE_FEED ?? join(ROOT, '..', 'shared', 'data', 'interop', 'csv');
const CODES = ['44054006', '15777000'];

test('the living with diabetes are welcomed, nobody else is written to, and the numbers add up', {
  skip: existsSync(RECORDS) ? false : `no records in ${RECORDS}`,
}, async (t) => {
  // The program as it is, but for a shorter wait and contact hours around the clock.
  const program = await mkdtemp(join(tmpdir(), 'attune-program-'));
  t.after(() => rm(program, { recursive: true, force: true }));
  await cp(join(ROOT, 'programs', 'diabetes'), program, { recursive: true });
  await change(join(program, 'journeys', 'welcome.yaml'), 'wait: 5m', 'wait: 1m');
  await change(join(program, 'policy.yaml'), '{from: "08:00", to: "21:00"}', '{from: "00:00", to: "24:00"}');

  const attune = await Attune.create(t, { sources: ['records'], program });
  await attune.start();
  await promisify(execFile)(process.execPath, [join(ROOT, 'e2e', 'feed', 'feed.mjs'), '--host', attune.url, RECORDS],
    { env: { ...process.env, ATTUNE_WRITE_KEY: attune.keys.records }, maxBuffer: 1 << 24 });

  const [patients, conditions] = [await all('patients'), await all('conditions')];
  const diagnosed = new Set(conditions.filter((c) => CODES.includes(c.CODE)).map((c) => c.PATIENT));
  const engaged = patients.filter((p) => diagnosed.has(p.Id) && !p.DEATHDATE);
  assert.ok(engaged.length > 0, 'nobody in these records has diabetes');

  const d = await eventually(() => attune.doctor(), (d) => d.counters['touch/email/handed_over'] >= engaged.length, 120_000);
  assert.equal(d.people, patients.length);
  assert.equal(d.counters['members/diabetes'], engaged.length);
  assert.equal(d.counters['touch/email/handed_over'], engaged.length);
  assert.equal(d.captured, engaged.length);

  const fate = { welcomed: 0, died: 0, others: 0 };
  for (const p of patients) {
    const is = await attune.cli('person', `records:${p.Id}`);
    if (engaged.includes(p)) {
      fate.welcomed++;
      assert.deepEqual(is.touches.map((x) => [x.engagement, x.state]), [['welcome', 'handed over']], p.Id);
    } else {
      fate[p.DEATHDATE ? 'died' : 'others']++;
      assert.deepEqual(is.touches, [], `${p.Id} was to be left alone`);
    }
  }
  t.diagnostic(JSON.stringify(fate));
  assert.equal(fate.welcomed + fate.died + fate.others, patients.length);
});

async function all(table) {
  const rows = [];
  for await (const row of readTable(RECORDS, table)) rows.push(row);
  return rows;
}

async function change(file, from, to) {
  const text = await readFile(file, 'utf8');
  assert.ok(text.includes(from), `${file} has no ${from}`);
  await writeFile(file, text.replace(from, to));
}
