#!/usr/bin/env node
// Streams the records of a Synthea CSV export into Attune, through the Segment SDK.
import { parseArgs } from 'node:util';
import { Analytics } from '@segment/analytics-node';
import { INVENTED, read } from './records.mjs';

const HELP = `Streams the records of a Synthea CSV export into Attune as events of its catalogue,
through @segment/analytics-node, as an app of your own would.

  node feed.mjs [options] FOLDER

FOLDER holds patients, encounters, conditions and medications, each as .csv or .csv.gz.

  --host URL        where Attune listens              (http://127.0.0.1:8080)
  --write-key KEY   of a source; better in ATTUNE_WRITE_KEY, since arguments are seen by others
  --limit N         only the first N people
  --now TIME        the moment the newest event of the data is moved to (the present)
  --dry-run         say what would be sent, send nothing
  --summary         print the summary as JSON
  --help            this

Example:

  ATTUNE_WRITE_KEY=$(attune keys add ehr --data data --json | jq -r .write_key) \\
    node feed.mjs --limit 20 path/to/csv

What is sent
  All times are moved by one span, so that the newest event happens now. Events of the last year are
  sent, in the order of time, and besides them every older condition and death at its true (moved)
  time. Sending twice changes nothing: each row always has the same messageId.

  patients      identify, and patient.deceased for those who died
  encounters    care.encounter_started, care.encounter_finished
  conditions    clinical.condition_recorded
  medications   medication.prescribed, medication.dispensed (spread evenly from START to STOP),
                medication.stopped

What is invented, since the export does not say it
${INVENTED.map((s) => `  ${s}`).join('\n')}
`;

const BATCH = 100;

async function main() {
  const { values: o, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      host: { type: 'string', default: 'http://127.0.0.1:8080' },
      'write-key': { type: 'string' },
      limit: { type: 'string' },
      now: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      summary: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (o.help) {
    process.stdout.write(HELP);
    return;
  }
  if (positionals.length !== 1) throw new UsageError('give one FOLDER');
  const limit = o.limit === undefined ? Infinity : Number(o.limit);
  if (!(limit > 0)) throw new UsageError('--limit is a number of people, such as 20');
  const now = o.now === undefined ? new Date() : new Date(o.now);
  if (Number.isNaN(now.getTime())) throw new UsageError('--now is a time, such as 2027-03-01T12:00:00Z');
  const writeKey = process.env.ATTUNE_WRITE_KEY || o['write-key'];
  if (!writeKey && !o['dry-run']) throw new UsageError('set ATTUNE_WRITE_KEY; "attune keys add SOURCE" makes a key');

  const { calls, summary } = await read(positionals[0], { now, limit });
  const done = { ...summary, sent: 0 };
  if (!o['dry-run']) {
    try {
      done.sent = await send(calls, { host: o.host, writeKey, progress: process.stderr.isTTY && !o.summary });
    } catch (err) {
      process.stderr.write(`feed: ${err.message}\n`);
      process.exitCode = 1;
      return;
    }
  }
  process.stdout.write(o.summary ? `${JSON.stringify(done)}\n` : tell(done, o['dry-run']));
}

/** Sends the calls, BATCH at a time, and returns how many Attune acknowledged. */
async function send(calls, { host, writeKey, progress }) {
  let failure;
  // Batches go out one after the other, so that events arrive as they happened.
  const analytics = new Analytics({ writeKey, host, flushAt: BATCH, flushInterval: 60_000, maxRetries: 10 });
  analytics.on('error', (err) => { failure ??= err; });
  let sent = 0;
  for (const type of ['identify', 'track']) analytics.on(type, () => { sent++; }); // acknowledged
  for (let i = 0; i < calls.length && !failure; i += BATCH) {
    const part = calls.slice(i, i + BATCH);
    for (const { type, ...call } of part) analytics[type](call);
    await analytics.flush({ timeout: 120_000 });
    if (progress) process.stderr.write(`\r${Math.min(i + BATCH, calls.length)} of ${calls.length} events`);
  }
  if (progress) process.stderr.write('\n');
  await analytics.closeAndFlush({ timeout: 10_000 });
  if (failure || sent < calls.length) {
    const why = failure?.reason?.message ?? failure?.message ?? 'no answer in time';
    throw new Error(`${sent} of ${calls.length} events were acknowledged by ${host} (${why}). Sending again is harmless: what arrived is recognised.`);
  }
  return sent;
}

function tell(s, dry) {
  const lines = Object.entries(s.events).map(([name, n]) => `  ${String(n).padStart(6)}  ${name}`);
  const total = Object.values(s.events).reduce((a, b) => a + b, 0);
  return `${s.patients} people, ${s.living} living and ${s.deceased} deceased; times moved by ${s.shifted_days} days, the last year ends ${s.to}\n${lines.join('\n')}\n${
    dry ? `${total} events would be sent` : `${s.sent} events sent and acknowledged`}\n`;
}

class UsageError extends Error {}

main().catch((err) => {
  const usage = err instanceof UsageError || err.code?.startsWith?.('ERR_PARSE_ARGS');
  process.stderr.write(`feed: ${err.message}${usage ? '\nfeed: "node feed.mjs --help" explains' : ''}\n`);
  process.exitCode = usage ? 2 : 1;
});
