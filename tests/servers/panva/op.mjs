// A real OpenID Connect provider on loopback: node op.mjs '{"clients": [...], "accounts": {"ada": {...claims}}}'
// It says "READY http://127.0.0.1:PORT". Who signs in types a name of "accounts"; PKCE is required of everybody.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const told = JSON.parse(process.argv[2]);
const server = createServer();
await new Promise((done) => server.listen(told.port ?? 0, '127.0.0.1', done));
const issuer = `http://127.0.0.1:${server.address().port}`;

const KINDS = { RS256: ['rsa', { modulusLength: 2048 }], ES256: ['ec', { namedCurve: 'P-256' }], EdDSA: ['ed25519', {}] };
const keys = Object.entries(KINDS).map(([alg, [kind, options]]) => ({
  ...generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' }), use: 'sig', kid: alg,
}));

const provider = new Provider(issuer, {
  clients: told.clients.map((client) => ({ grant_types: ['authorization_code'], response_types: ['code'], ...client })),
  jwks: { keys },
  cookies: { keys: ['only-for-tests'] },
  pkce: { required: () => true },
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
  scopes: ['openid', 'email', 'profile', 'groups'],
  conformIdTokenClaims: told.conform ?? false, // true: the user API alone says more than who it is
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
  findAccount: (_context, id) =>
    id in told.accounts ? { accountId: id, claims: () => ({ sub: id, ...told.accounts[id] }) } : undefined,
});

const page = (title, body) => `<!doctype html><title>${title}</title><h1>${title}</h1>${body}`;
const ask = `<form method="post"><input name="login" aria-label="Name" autofocus>
<button name="act" value="in">Sign in</button> <button name="act" value="no">Cancel</button></form>`;

async function interact(request, response) {
  const details = await provider.interactionDetails(request, response);
  if (request.method !== 'POST') {
    response.setHeader('content-type', 'text/html');
    return response.end(page('Test provider', ask));
  }
  let text = '';
  for await (const piece of request) text += piece;
  const form = new URLSearchParams(text);
  if (form.get('act') === 'no' || !(form.get('login') in told.accounts)) {
    return provider.interactionFinished(request, response, { error: 'access_denied' }, { mergeWithLastSubmission: false });
  }
  const accountId = form.get('login');
  const grant = new provider.Grant({ accountId, clientId: details.params.client_id });
  grant.addOIDCScope(details.params.scope);
  const result = { login: { accountId }, consent: { grantId: await grant.save() } };
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

const answer = provider.callback();
server.on('request', (request, response) => {
  if (!request.url.startsWith('/interaction/')) return answer(request, response);
  return interact(request, response).catch((error) => { response.statusCode = 400; response.end(String(error)); });
});
provider.on('server_error', (_context, error) => console.error(error));
console.log(`READY ${issuer}`);
