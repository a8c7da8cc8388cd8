// A practice's system on hl7v2-net: a server that keeps our appointments, and a client that brings its own acts.
import { HL7Message } from 'hl7v2';
import { HL7Server, Hl7Client } from 'hl7v2-net';
import { createInterface } from 'node:readline';

const heard = [];
const server = HL7Server.createServer();
server.use(async (request) => {
  heard.push({ type: request.message.messageType, control: request.message.controlId });
});
await server.listen(0, '127.0.0.1');
console.log(JSON.stringify({ port: server.address().port }));

async function bring({ port, message }) {
  const client = Hl7Client.createClient({ host: '127.0.0.1', port, responseTimeout: 20000 });
  await client.connect();
  try {
    const answer = await client.sendMessageWaitAck(HL7Message.parse(message));
    return { msa: answer.toHL7String().split('\r').find((line) => line.startsWith('MSA')) };
  } finally {
    await client.close();
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  const answer = asked.message ? await bring(asked).catch((fault) => ({ fault: fault.message })) : { heard };
  console.log(JSON.stringify(answer));
}
process.exit(0);
