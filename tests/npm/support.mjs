// What the programs in this folder share: TAP, a temporary home, hubauth and its emulator.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const CLIENT_ID = '11111111-1111-4111-8111-111111111111';
export const CLIENT_SECRET = '22222222-2222-4222-8222-222222222222';
export const PORTAL = 1234567;
export const SCOPE = 'oauth crm.objects.contacts.read';

const build = process.argv[2];
export const screens = join(dirname(dirname(fileURLToPath(import.meta.url))), 'screens');
export const temporary = mkdtempSync(join(tmpdir(), 'hubauth-npm.'));
mkdirSync(join(temporary, 'home'));
mkdirSync(screens, { recursive: true });

const environment = { HOME: join(temporary, 'home'), HUBAUTH_HOME: join(temporary, 'hubauth'), LC_ALL: 'C.UTF-8' };
for (const name of ['PATH', 'ASAN_OPTIONS', 'UBSAN_OPTIONS', 'TMPDIR']) {
  if (process.env[name] !== undefined) environment[name] = process.env[name];
}

let cases = 0;
let failures = 0;

// A case. `detail` explains a failure.
export function ok(condition, text, detail) {
  cases += 1;
  if (condition) {
    console.log(`ok ${cases} - ${text}`);
    return true;
  }
  failures += 1;
  console.log(`not ok ${cases} - ${text}`);
  if (detail !== undefined) {
    const lines = typeof detail === 'string' ? detail : JSON.stringify(detail, null, 1);
    console.log(lines.replace(/^/gm, '# '));
  }
  return false;
}

export function is(got, expected, text) {
  return ok(got === expected, text, `expected: ${expected}\n     got: ${got}`);
}

const children = new Set();

function start(command, args) {
  const child = spawn(command, args, { env: environment, cwd: temporary, stdio: ['pipe', 'pipe', 'pipe'] });
  children.add(child);
  child.on('exit', () => children.delete(child));
  child.stdin.on('error', () => {}); // it need not read what it is given
  child.text = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => { child.text.stdout += data; });
  child.stderr.on('data', (data) => { child.text.stderr += data; });
  child.ended = new Promise((resolve) => {
    child.on('error', (error) => resolve({ status: -1, stdout: '', stderr: String(error) }));
    child.on('close', (status) => resolve({ status, ...child.text }));
  });
  return child;
}

// The first line that it prints, or what it said when it ended without one.
function firstLine(child) {
  const reader = createInterface({ input: child.stdout });
  return Promise.race([
    new Promise((resolve) => { reader.once('line', resolve); }),
    child.ended.then((end) => Promise.reject(new Error(`${child.spawnfile} ended: ${end.stderr}`))),
  ]);
}

export function run(command, args, input = '') {
  const child = start(command, args);
  child.stdin.end(input);
  return child.ended;
}

export function hubauth(args, input) {
  return run(join(build, 'hubauth'), args, input);
}

// hubauth login --no-browser: its URL, a promise of its end, and a way to interrupt it.
export async function login(args = []) {
  const child = start(join(build, 'hubauth'), ['login', '--no-browser', ...args]);
  child.stdin.end();
  return { url: await firstLine(child), ended: child.ended, stop: () => child.kill('SIGINT') };
}

export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address();
  await new Promise((resolve) => { server.close(resolve); });
  return port;
}

// Starts an emulator; `redirect` is a redirect URL that it has registered.
export async function emulator(args = []) {
  const redirect = `http://localhost:${await freePort()}/callback`;
  const child = start(join(build, 'hubauth-emulator'), ['--port', '0', '--redirect-url', redirect, ...args]);
  const url = (await firstLine(child)).replace('listening on ', '');
  const stats = async () => (await fetch(`${url}/_emulator/stats`)).json();
  return { url, redirect, stats };
}

export async function newVault() {
  const made = await hubauth(['init', '--key', `file:${join(temporary, 'key')}`]);
  if (made.status !== 0) throw new Error(`hubauth init: ${made.stderr}`);
}

export async function addApp(name, args) {
  const added = await hubauth(['app', 'add', name, '--client-secret-file', '-', ...args], CLIENT_SECRET);
  if (added.status !== 0) throw new Error(`hubauth app add: ${added.stderr}`);
}

// Runs the cases, prints the plan, leaves nothing behind.
export async function withCases(body) {
  const stop = () => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(temporary, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => { stop(); process.exit(130); });
  try {
    await body();
  } catch (error) {
    ok(false, 'runs to its end', String(error?.stack ?? error));
  }
  for (const child of children) child.kill('SIGTERM');
  await Promise.all([...children].map((child) => child.ended));
  stop();
  console.log(`1..${cases}`);
  process.exit(failures === 0 ? 0 : 1);
}
