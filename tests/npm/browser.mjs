// A real Chromium walks through logins: consent, denial, refusals, and what the receiver shows for each. Pictures of every page,
// light, dark and as narrow as a telephone, go to build-test/screens.
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import {
  CLIENT_ID, SCOPE, addApp, emulator, freePort, hubauth, is, login, newVault, ok, screens, temporary, withCases,
} from './support.mjs';

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--no-proxy-server',
];
const VIEWS = [
  ['light', 'light', 1000],
  ['dark', 'dark', 1000],
  ['narrow', 'light', 360],
  ['narrow-dark', 'dark', 360],
];

// In the page: each piece of text with its contrast to what lies behind it (WCAG 2.1 section 1.4.3), the worst one.
const worstContrast = () => {
  const channel = (v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const parse = (text) => text.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = parse(getComputedStyle(e).backgroundColor);
      if (color.length < 4 || color[3] > 0.99) return color;
    }
    return [255, 255, 255];
  };
  let worst = { ratio: 21, text: '' };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || ['SCRIPT', 'STYLE'].includes(element.tagName)) continue;
    const pair = [light(parse(getComputedStyle(element).color)), light(behind(element))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (ratio < worst.ratio) worst = { ratio, text: node.data.trim().slice(0, 60) };
  }
  return worst;
};

// Pictures of a page; nothing may be wider than the window, fainter than 4.5 to 1, or smaller than a finger.
async function pictures(page, name) {
  for (const [view, colorScheme, width] of VIEWS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 700 });
    await page.screenshot({ path: join(screens, `${name}-${view}.png`), fullPage: true });
    const wide = await page.evaluate('document.documentElement.scrollWidth');
    ok(wide <= width, `${name}, ${view}: fits into ${width} pixels`, `it is ${wide} wide`);
    const { ratio, text } = await page.evaluate(worstContrast);
    ok(ratio >= 4.5, `${name}, ${view}: is readable`, `contrast ${ratio.toFixed(2)} of "${text}"`);
  }
  const small = await page.evaluate(`[...document.querySelectorAll('button')].filter((b) => b.offsetHeight < 40).length`);
  is(small, 0, `${name}: its buttons can be hit`);
  ok(await page.evaluate('document.title.length > 0 && document.documentElement.lang === "en"'), `${name}: has a title and a language`);
}

await withCases(async () => {
  const hubspot = await emulator(['--portal', '1234567', '--portal', '7654321', '--account-lacks', '7654321:tickets',
    '--no-permission', '7654321', '--name-lacking-scopes']);
  const receiver = new URL(hubspot.redirect).origin;
  await newVault();
  const common = ['--client-id', CLIENT_ID, '--api-url', hubspot.url, '--app-url', hubspot.url];
  const registered = [...common, '--redirect-url', hubspot.redirect];
  await addApp('test', [...registered, '--scope', SCOPE]);
  await addApp('unknown-scope', [...registered, '--scope', `${SCOPE} crm.objects.a-scope-with-a-very-long-name-that-nobody-has-ever-declared.read`]);
  await addApp('too-few', [...registered, '--scope', 'crm.objects.contacts.read']);
  await addApp('unregistered', [...common, '--redirect-url', `http://localhost:${await freePort()}/callback`, '--scope', SCOPE]);

  const browser = await chromium.launchPersistentContext(mkdtempSync(join(temporary, 'chromium.')), {
    executablePath: '/usr/bin/chromium', headless: true, args: FLAGS,
  });
  try {
    const mine = new Set([new URL(hubspot.url).origin, receiver]);
    const strangers = [];
    const complaints = [];
    const referers = [];
    browser.on('request', async (request) => {
      if (!mine.has(new URL(request.url()).origin)) strangers.push(request.url());
      const { referer } = await request.allHeaders();
      if (referer) referers.push(`${referer} to ${request.url()}`);
    });
    const open = async (url) => {
      const page = await browser.newPage();
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => {
        // A page that is an error by its status is one on purpose, and nobody has an icon.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
          complaints.push(message.text());
        }
      });
      await page.goto(url);
      return page;
    };
    const arrival = async (page) => {
      await page.waitForURL((url) => url.origin === receiver);
      await page.waitForLoadState();
    };
    const history = async (page) => {
      const session = await browser.newCDPSession(page);
      const { entries } = await session.send('Page.getNavigationHistory');
      await session.detach();
      return entries.map((entry) => entry.url);
    };

    // --- consent
    const approved = await login(['--app', 'test']);
    let page = await open(approved.url);
    const consent = await page.innerText('body');
    for (const scope of SCOPE.split(' ')) ok(consent.includes(scope), `the consent page names the scope ${scope}`, consent);
    await pictures(page, 'consent');
    await page.click('#approve');
    await arrival(page);
    const end = await approved.ended;
    ok(end.status === 0, 'after a click on "approve" login succeeds', end.stderr);
    const success = await page.innerText('body');
    ok(/connected/i.test(success), 'and the browser says so', success);
    ok(!/code=|state=/.test(page.url()), 'the code is gone from the address bar (B11)', page.url());
    const visited = await history(page);
    ok(visited.length > 1 && visited.every((url) => !/[?&]code=/.test(url)), 'and it is nowhere in the history (B11)', visited);
    is(await page.evaluate('document.referrer'), '', 'the page does not know where it came from (B11)');
    await pictures(page, 'success');
    await page.evaluate((url) => {
      const link = document.createElement('a');
      link.href = url;
      document.body.append(link);
      link.click();
    }, `${hubspot.url}/_emulator/stats`);
    await page.waitForURL(`${hubspot.url}/_emulator/stats`);
    await page.goBack().catch(() => {}); // nobody listens there any more
    ok(!/code=/.test(page.url()), 'going back does not bring the code back (B11)', page.url());
    const token = await hubauth(['token']);
    ok(token.status === 0 && token.stdout.trim().length > 20, 'a token is there', token.stderr);
    await page.close();

    // --- denial
    const denied = await login(['--app', 'test']);
    page = await open(denied.url);
    await page.click('#deny');
    await arrival(page);
    const refusal = await denied.ended;
    is(refusal.status, 4, 'after a click on "deny" login ends with "forbidden"');
    ok(/denied|refused|not granted/i.test(refusal.stderr), 'and says why', refusal.stderr);
    const explanation = await page.innerText('body');
    ok(/denied|refused|not granted/i.test(explanation), 'the browser explains it', explanation);
    ok(!/[?&]/.test(page.url()), 'the address bar is clean (B11)', page.url());
    await pictures(page, 'denied');
    const kept = await hubauth(['token']);
    is(kept.stdout, token.stdout, 'the account that was there still is');
    await page.close();

    // --- strangers while a login waits: another path, a wrong state; then an error in long, hostile words
    const waiting = await login(['--app', 'test']);
    const state = new URL(waiting.url).searchParams.get('state');
    page = await open(`${receiver}/elsewhere`);
    await pictures(page, 'other-path');
    await page.goto(`${hubspot.redirect}?code=na1-someone-elses&state=wrong`);
    const stranger = await page.innerText('body');
    ok(/state/i.test(stranger), 'an answer with a wrong state is told so (B8)', stranger);
    ok(!/[?&]/.test(page.url()), 'its code is gone from the address bar (B11)', page.url());
    await pictures(page, 'wrong-state');
    const hostile = `<img src="http://evil.example/x"><script>document.title='taken'</script>${'long'.repeat(100)} \u202eevil`;
    await page.goto(`${hubspot.redirect}?error=server_error&error_description=${encodeURIComponent(hostile)}&state=${state}`);
    const failed = await waiting.ended;
    is(failed.status, 1, 'an error of the provider ends the login (B8)');
    const words = await page.innerText('body');
    ok(words.includes('<script>') && (await page.title()) !== 'taken', 'its words are text (B10)', words);
    await pictures(page, 'error');
    await page.close();

    // --- too late: the code is too old when it arrives
    const late = await login(['--app', 'test']);
    await fetch(`${hubspot.url}/_emulator/fault`, {
      method: 'POST', body: JSON.stringify({ route: '/oauth/2026-03/token', error: 'EXPIRED_AUTH_CODE' }),
    });
    page = await open(late.url);
    await page.click('#approve');
    await arrival(page);
    is((await late.ended).status, 1, 'a code that is too old is a failure');
    const old = await page.innerText('body');
    ok(/too old/i.test(old), 'and the browser says so', old);
    await pictures(page, 'too-late');
    await page.close();

    // --- what HubSpot shows instead of a redirect: nothing arrives, the login goes on waiting
    const refused = async (name, app, error, click) => {
      const asked = await login(['--app', app, '--timeout', '1m']);
      const shown = await open(asked.url);
      if (click) await click(shown);
      const found = await shown.getAttribute('#error', 'data-error').catch(() => 'no error page');
      is(found, error, `${name}: the page says ${error}`);
      await pictures(shown, name);
      await shown.close();
      asked.stop();
      await asked.ended;
    };
    await refused('scope-undeclared', 'unknown-scope', 'scope_mismatch');
    await refused('scope-missing', 'too-few', 'insufficient_scopes');
    await refused('redirect-unregistered', 'unregistered', 'redirect_uri_mismatch');
    await refused('no-permission', 'test', 'no_permission', async (shown) => {
      await shown.check('input[value="7654321"]');
      await shown.click('#approve');
      await shown.waitForSelector('#error');
    });

    ok(strangers.length === 0, 'no page asked another host for anything (B11)', strangers);
    ok(referers.length === 0, 'no request said where it came from (B11)', referers);
    ok(complaints.length === 0, 'the browser found nothing wrong', complaints);
  } finally {
    await browser.close();
  }
});
