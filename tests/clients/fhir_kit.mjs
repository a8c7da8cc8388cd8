// A practice's system on fhir-kit-client: logs in by SMART Backend Services, and lives through a day of three calls.
import { Client } from 'fhir-kit-client';
import { SignJWT, importJWK } from 'jose';
import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';

const { base, client_id, jwk, entries, output } = JSON.parse(await text(process.stdin));
const client = new Client({ baseUrl: base });

async function logIn() {
  const { tokenUrl } = await client.smartAuthMetadata();
  const key = await importJWK(jwk, 'ES384');
  const assertion = await new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg: 'ES384', kid: jwk.kid, typ: 'JWT', jku: 'https://practice.example/jwks.json' })
    .setIssuer(client_id).setSubject(client_id).setAudience(String(tokenUrl)).setExpirationTime('4m')
    .sign(key);
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    scope: 'system/Task.rus system/Subscription.cruds',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  });
  const answer = await fetch(tokenUrl, { method: 'POST', body: form });
  return (await answer.json()).access_token;
}

async function change(id, change) {
  const body = { ...(await client.read({ resourceType: 'Task', id })), ...change };
  const headers = { 'If-Match': `W/"${body.meta.versionId}"` };
  return client.update({ resourceType: 'Task', id, body, options: { headers } });
}

const by = (code, name) => ({ type: { coding: [{ system: output, code }] }, valueString: name });
const statement = await client.capabilityStatement();
client.bearerToken = await logIn();

const code = 'https://laegebro.dk/fhir/CodeSystem/task|video-consultation-queue';
const status = 'http://hl7.org/fhir/task-status|requested,http://hl7.org/fhir/task-status|received';
const searchParams = { code, status, _count: 2 };
let page = await client.search({ resourceType: 'Task', searchParams });
const total = page.total;
const found = [];
while (page) {
  found.push(...(page.entry ?? []).map((each) => each.resource.id));
  page = page.link.some((each) => each.relation === 'next') ? await client.nextPage({ bundle: page }) : undefined;
}
const counted = await client.search({ resourceType: 'Task', searchParams: { code, _summary: 'count' } });

const accepted = await change(entries[0], { status: 'accepted', output: [by('accepted-by', 'Lise Hansen')] });
const back = await change(entries[1], { status: 'accepted', output: [by('accepted-by', 'Bo Berg')] })
  .then(() => change(entries[1], { status: 'received', output: undefined, businessStatus: undefined }));
const reason = { coding: [{ system: 'https://laegebro.dk/fhir/CodeSystem/reject-reason', code: 'by-phone' }] };
const rejected = await change(entries[2], { status: 'rejected', statusReason: { ...reason, text: 'Vi ringer' } });
const stale = await client
  .update({ resourceType: 'Task', id: entries[0], body: accepted, options: { headers: { 'If-Match': 'W/"1"' } } })
  .then(() => 200, (fault) => fault.response.status);

console.log(JSON.stringify({
  version: statement.fhirVersion, total, found, counted: [counted.total, counted.entry?.length ?? 0],
  states: [accepted.status, back.status, rejected.status], stale,
}));
