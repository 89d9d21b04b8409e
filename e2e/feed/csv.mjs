// Reading CSV (RFC 4180), plain or gzipped, as a stream of rows.
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';

/** Rows of FOLDER/NAME.csv or FOLDER/NAME.csv.gz, each an object by column name. */
export async function* readTable(folder, name) {
  const plain = join(folder, `${name}.csv`);
  const zipped = `${plain}.gz`;
  if (existsSync(plain)) {
    yield* rows(createReadStream(plain), `${name}.csv`);
  } else if (existsSync(zipped)) {
    const file = createReadStream(zipped);
    const inflated = createGunzip();
    file.on('error', (err) => inflated.destroy(err));
    yield* rows(file.pipe(inflated), `${name}.csv.gz`);
  } else {
    throw new Error(`${folder} has neither ${name}.csv nor ${name}.csv.gz: give the folder of a Synthea CSV export`);
  }
}

/** Rows of a stream of bytes; `called` names it in errors, which never repeat what is in it. */
export async function* rows(stream, called) {
  let header;
  let line = 1;
  for await (const fields of records(stream)) {
    if (!header) {
      header = fields;
      header[0] = header[0].replace(/^\uFEFF/, '');
    } else if (fields.length === header.length) {
      yield Object.fromEntries(header.map((column, i) => [column, fields[i]]));
    } else if (fields.length > 1 || fields[0] !== '') {
      throw new Error(`${called}, record ${line}: ${fields.length} fields where the header has ${header.length}`);
    }
    line++;
  }
  if (!header) throw new Error(`${called} is empty: its first line must name the columns`);
}

/** Records as arrays of fields. Quoted fields may hold commas, doubled quotes and line breaks. */
async function* records(stream) {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let fields = [];
  let field = '';
  let quoted = false; // inside quotes
  let closing = false; // a quote inside quotes: the end of the field, or half of a doubled one
  let any = false;
  for await (const chunk of stream) {
    for (const c of decoder.decode(chunk, { stream: true })) {
      any = true;
      if (closing) {
        closing = false;
        if (c === '"') {
          field += '"';
          continue;
        }
        quoted = false;
      }
      if (quoted) {
        if (c === '"') closing = true;
        else field += c;
      } else if (c === '"' && field === '') {
        quoted = true;
      } else if (c === ',') {
        fields.push(field);
        field = '';
      } else if (c === '\n') {
        fields.push(field);
        yield fields;
        [fields, field, any] = [[], '', false];
      } else if (c !== '\r') {
        field += c;
      }
    }
  }
  if (quoted && !closing) throw new Error('a quoted field is not closed at the end of the file');
  if (any) {
    fields.push(field);
    yield fields;
  }
}
