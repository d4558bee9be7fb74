// All contacts by HubSpot's own client for Node, as NDJSON. In the way "all" with getAll(), as its README has it, which holds
// them all in memory; in the way "pages" page by page. usage: contacts.mjs URL TOKEN-FILE PROPERTIES OUTPUT all|pages
// [retries|limiter]: what the client offers against 429, of which by default it uses nothing.
import fs from 'node:fs';
import { Client, DEFAULT_LIMITER_OPTIONS } from '@hubspot/api-client';

const [basePath, tokenFile, properties, output, way, patience] = process.argv.slice(2);
const accessToken = fs.readFileSync(tokenFile, 'utf8').trim();
const client = new Client({
  basePath,
  accessToken,
  ...(patience === 'retries' && { numberOfApiCallRetries: 6 }), // its most
  ...(patience === 'limiter' && { limiterOptions: DEFAULT_LIMITER_OPTIONS }),
});
const out = fs.openSync(output, 'w', 0o600);
const write = (contacts) => fs.writeSync(out, contacts.map((c) => `${JSON.stringify(c)}\n`).join(''));

if (way === 'all') {
  const contacts = await client.crm.contacts.getAll(100, undefined, properties.split(','));
  for (let i = 0; i < contacts.length; i += 100) write(contacts.slice(i, i + 100));
} else {
  let after;
  do {
    const page = await client.crm.contacts.basicApi.getPage(100, after, properties.split(','));
    write(page.results);
    after = page.paging?.next?.after;
  } while (after);
}
fs.closeSync(out);
