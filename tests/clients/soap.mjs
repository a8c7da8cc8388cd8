// A practice's system on npm soap: reads our WSDL, and calls with headers that it was given as text.
import soap from 'soap';
import { text } from 'node:stream/consumers';

const { wsdl, headers, entries, unknown } = JSON.parse(await text(process.stdin));
const client = await soap.createClientAsync(wsdl);

async function call(operation, args) {
  client.clearSoapHeaders();
  client.addSoapHeader(headers.shift());
  const [answer] = await client[`${operation}Async`](args);
  return answer;
}

const By = { Id: 'lha', Name: 'Lise Hansen' };
const queue = await call('GetQueue', {});
const seen = await call('MarkSeen', { EntryId: entries[0] });
const taken = await call('AcceptConsultation', { EntryId: entries[0], By });
const put = await call('PutBackConsultation', { EntryId: entries[0], By });
const rejected = await call('RejectConsultation', { EntryId: entries[1], By, Reason: 'other', Text: 'Ring til os' });
const one = await call('GetConsultation', { EntryId: entries[0] });
const refused = await call('MarkSeen', { EntryId: unknown })
  .then(() => ({}), (fault) => ({ status: fault.response?.status, fault: fault.root?.Envelope.Body.Fault }));

console.log(JSON.stringify({
  operations: Object.keys(client.describe().GatewayQueueService.GatewayQueue),
  queue: [queue.Consultation].flat().map((each) => each.EntryId),
  standing: [seen, taken, put, rejected].map((each) => each.Standing),
  one: one.Consultation.EntryId, refused,
}));
