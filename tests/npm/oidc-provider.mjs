// hubauth against a certified OAuth server that nobody here wrote: it checks PKCE, the redirect URL and the client as the RFCs say,
// and replaces the refresh token at each use.
import { createServer } from 'node:http';
import { join } from 'node:path';
import Provider from 'oidc-provider';
import {
  CLIENT_ID, CLIENT_SECRET, addApp, withCases, freePort, hubauth, is, login, newVault, ok, run, temporary,
} from './support.mjs';

// The server, with consent given by itself. `seen` has every token request.
async function startProvider(redirects) {
  const seen = [];
  const server = createServer();
  await new Promise((resolve) => { server.listen(0, 'localhost', resolve); });
  const issuer = `http://localhost:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      redirect_uris: redirects,
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_post',
    }],
    cookies: { keys: ['a key for cookies of a test'] },
    features: { devInteractions: { enabled: false } },
    findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: { url: (context, interaction) => `/interaction/${interaction.uid}` },
    issueRefreshToken: () => true,
    pkce: { methods: ['S256'], required: () => true },
    rotateRefreshToken: true,
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 3600, Interaction: 600, RefreshToken: 3600, Session: 600 },
  });
  const errors = [];
  for (const event of ['authorization.error', 'grant.error', 'server_error']) {
    provider.on(event, (context, error) => errors.push(`${event}: ${error.message} ${error.error_description ?? ''}`));
  }
  provider.on('grant.success', (context) => seen.push(context.oidc.params));

  const consent = async (request, response) => {
    const { params, session } = await provider.interactionDetails(request, response);
    const accountId = session?.accountId ?? 'someone';
    const grant = new provider.Grant({ accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    const result = { login: { accountId }, consent: { grantId: await grant.save() } };
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  };
  const callback = provider.callback();
  server.on('request', (request, response) => {
    if (!request.url.startsWith('/interaction/')) return callback(request, response);
    return consent(request, response).catch((error) => { response.writeHead(500).end(String(error)); });
  });
  return { issuer, seen, errors, close: () => { server.closeAllConnections(); server.close(); } };
}

async function userinfo(issuer, token) {
  const answer = await fetch(`${issuer}/me`, { headers: { Authorization: `Bearer ${token}` } });
  return { status: answer.status, body: await answer.json() };
}

await withCases(async () => {
  const redirect = `http://localhost:${await freePort()}/callback`;
  const elsewhere = `http://localhost:${await freePort()}/callback`;
  const provider = await startProvider([redirect, elsewhere]);
  await newVault();
  await addApp('other', [
    '--client-id', CLIENT_ID, '--redirect-url', redirect, '--scope', 'openid',
    '--authorize-url', `${provider.issuer}/auth`, '--token-url', `${provider.issuer}/token`, '--issuer', provider.issuer,
  ]);

  const { url, ended } = await login();
  const asked = new URL(url);
  is(`${asked.origin}${asked.pathname}`, `${provider.issuer}/auth`, 'the authorization URL is the other server\'s');
  is(asked.searchParams.get('code_challenge_method'), 'S256', 'with PKCE S256');
  ok(/^[A-Za-z0-9_-]{43}$/.test(asked.searchParams.get('nonce') ?? ''), 'and a nonce, since openid is asked (A14)');
  const jar = join(temporary, 'cookies');
  const page = await run('curl', ['-q', '-sSL', '-c', jar, '-b', jar, url]);
  const end = await ended;
  ok(end.status === 0, 'login succeeds: the answer names its issuer (A13), the ID token has the nonce (A14)', `${end.stderr}\n${page.stdout}\n${provider.errors.join('\n')}`);
  is(provider.seen[0]?.grant_type, 'authorization_code', 'the server saw a code');
  ok(/^[A-Za-z0-9._~-]{43,128}$/.test(provider.seen[0]?.code_verifier ?? ''), 'and the PKCE verifier, which it checked');

  const accounts = JSON.parse((await hubauth(['accounts', '--json'])).stdout || 'null');
  ok(JSON.stringify(accounts).includes('"other"'), 'the account has the app\'s name', accounts);

  const first = (await hubauth(['token', 'other'])).stdout.trim();
  const me = await userinfo(provider.issuer, first);
  is(me.status, 200, 'the token is accepted at userinfo');
  is(me.body.sub, 'someone', 'and is that of the user who consented');

  for (const round of [1, 2]) {
    const refreshed = await hubauth(['refresh', 'other']);
    ok(refreshed.status === 0, `refresh ${round} with a refresh token that is replaced each time`,
      `${refreshed.stderr}\n${provider.errors.join('\n')}`);
  }
  const second = (await hubauth(['token', 'other'])).stdout.trim();
  ok(second.length > 0 && second !== first, 'the access token is another');
  is((await userinfo(provider.issuer, second)).status, 200, 'and is accepted');
  const used = provider.seen.filter((p) => p.grant_type === 'refresh_token').map((p) => p.refresh_token);
  is(new Set(used).size, 2, 'each refresh used the newest refresh token');
  is(provider.errors.join('; '), '', 'the server found no fault');

  // The same server, expected under another name: its answer is the answer of another.
  await addApp('mixed-up', [
    '--client-id', CLIENT_ID, '--redirect-url', elsewhere, '--scope', 'openid',
    '--authorize-url', `${provider.issuer}/auth`, '--token-url', `${provider.issuer}/token`, '--issuer', `${provider.issuer}/other`,
  ]);
  const exchanges = provider.seen.length;
  const mixed = await login(['--app', 'mixed-up']);
  await run('curl', ['-q', '-sSL', '-c', jar, '-b', jar, mixed.url]);
  const refused = await mixed.ended;
  is(refused.status, 1, 'another issuer than was asked ends the login (A13)');
  ok(refused.stderr.includes(`iss: ${provider.issuer}`), 'and is named', refused.stderr);
  is(provider.seen.length, exchanges, 'and its code was not exchanged');
  provider.close();
});
