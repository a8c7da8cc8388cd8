// npm oidc-provider, as it comes: two issuers, of which the second leaves a person's claims to UserInfo (its default).
import { Provider } from 'oidc-provider';
import { generateKeyPairSync } from 'node:crypto';
import { text } from 'node:stream/consumers';

const { ports, redirect_uri, clients } = JSON.parse(await text(process.stdin));
const algorithms = ['ES256', 'ES384', 'RS256', 'RS384', 'PS256', 'PS384'];
const people = {
  'FJ-1001': { name: 'Mette Holm', roles: ['laegebro-start'] },
  'FJ-1002': { given_name: 'Karim', family_name: 'Nazari', roles: ['laegebro-start'] },
  'FJ-1003': { name: 'Lone Uden Ret', roles: [] },
};

function jwk(kind, options, kid) {
  return { ...generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' }), kid, use: 'sig' };
}

ports.forEach((port, place) => {
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    clients: clients.filter((each) => each.provider === place)
      .map(({ provider: _, ...each }) => ({ redirect_uris: [redirect_uri], post_logout_redirect_uris: [], ...each })),
    claims: { openid: ['sub'], profile: ['name', 'given_name', 'family_name', 'roles'] },
    conformIdTokenClaims: place === 1,
    features: { devInteractions: { enabled: true }, jwtUserinfo: { enabled: true } },
    enabledJWA: { idTokenSigningAlgValues: algorithms, userinfoSigningAlgValues: algorithms, clientAuthSigningAlgValues: algorithms },
    jwks: { keys: [
      jwk('rsa', { modulusLength: 2048 }, 'rsa-1'),
      jwk('ec', { namedCurve: 'P-256' }, 'ec-256'),
      jwk('ec', { namedCurve: 'P-384' }, 'ec-384'),
    ] },
    cookies: { keys: ['only for a test'] },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, ...people[sub] }) }),
  });
  provider.listen(port, '127.0.0.1', () => console.log(JSON.stringify({ port })));
});
