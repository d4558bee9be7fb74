// HubSpot's own client for Node, which nobody here wrote, against the emulator: it obtains tokens by code, refreshes them,
// asks about them and lists all contacts.
import { Client } from '@hubspot/api-client';
import { CLIENT_ID, CLIENT_SECRET, PORTAL, SCOPE, withCases, emulator, is, ok } from './support.mjs';

const CONTACTS = 1500;

await withCases(async () => {
  const hubspot = await emulator(['--auto-approve', '--contacts', String(CONTACTS)]);
  const client = new Client({ basePath: hubspot.url });

  // The client makes the URL; only its host is changed, as its base path does not reach it.
  const built = new URL(client.oauth.getAuthorizationUrl(CLIENT_ID, hubspot.redirect, SCOPE, undefined, 'a state'));
  const consent = await fetch(new URL(built.pathname + built.search, hubspot.url), { redirect: 'manual' });
  const location = new URL(consent.headers.get('location') ?? 'http://none/');
  is(`${location.origin}${location.pathname}`, hubspot.redirect, 'consent leads to the redirect URL');
  is(location.searchParams.get('state'), 'a state', 'the state comes back');

  const code = location.searchParams.get('code');
  const got = await client.oauth.tokensApi.create('authorization_code', code, hubspot.redirect, CLIENT_ID, CLIENT_SECRET);
  ok(got.accessToken?.length > 0 && got.refreshToken?.length > 0, 'the code is exchanged for tokens');
  is(got.tokenType, 'bearer', 'token_type is bearer');
  is(got.expiresIn, 1800, 'expires_in is 1800');

  const again = await client.oauth.tokensApi
    .create('authorization_code', code, hubspot.redirect, CLIENT_ID, CLIENT_SECRET)
    .then(() => ({ code: 200 }), (error) => error);
  is(again.code, 400, 'the code serves once');
  is(again.body?.status, 'BAD_AUTH_CODE', 'and HubSpot\'s status says why');

  const fresh = await client.oauth.tokensApi.create(
    'refresh_token', undefined, undefined, CLIENT_ID, CLIENT_SECRET, got.refreshToken);
  ok(fresh.accessToken && fresh.accessToken !== got.accessToken, 'a refresh gives another access token');
  const info = await client.oauth.accessTokensApi.get(fresh.accessToken);
  is(info.hubId, PORTAL, 'the access token tells its portal');
  const refreshInfo = await client.oauth.refreshTokensApi.get(fresh.refreshToken);
  is(refreshInfo.clientId, CLIENT_ID, 'the refresh token tells its client');

  client.setAccessToken(fresh.accessToken);
  const contacts = await client.crm.contacts.getAll(100, undefined, ['email', 'firstname', 'lastname']);
  is(contacts.length, CONTACTS, 'getAll returns as many contacts as there are');
  is(new Set(contacts.map((c) => c.id)).size, CONTACTS, 'each once');
  ok(contacts.every((c) => 'email' in c.properties), 'with the properties that were asked for');
  ok(contacts[0].createdAt instanceof Date && !Number.isNaN(contacts[0].createdAt.getTime()), 'with dates that it can read');

  const one = await client.crm.contacts.basicApi.getById(contacts[7].id, ['email']);
  is(one.properties.email, contacts[7].properties.email, 'one contact reads the same');
  const missing = await client.crm.contacts.basicApi.getById('999999999999').catch((error) => error);
  is(missing.code, 404, 'a contact that is not there is 404');

  client.setAccessToken('wrong');
  const refused = await client.crm.contacts.basicApi.getPage(1).catch((error) => error);
  is(refused.code, 401, 'a wrong token is 401');
  is(refused.body?.category, 'INVALID_AUTHENTICATION', 'in HubSpot\'s words');

  await client.oauth.refreshTokensApi.archive(fresh.refreshToken);
  const dead = await client.oauth.tokensApi
    .create('refresh_token', undefined, undefined, CLIENT_ID, CLIENT_SECRET, fresh.refreshToken)
    .then(() => ({ code: 200 }), (error) => error);
  is(dead.body?.status, 'BAD_REFRESH_TOKEN', 'a deleted refresh token is refused');

  const stats = await hubspot.stats();
  is(stats.token_refresh_ok, 1, 'the emulator counted one refresh');
  is(stats.status_429, 0, 'and no 429');
});
