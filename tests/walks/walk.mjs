// The walk of test_server_clients, by the AWS SDK for JavaScript; prints what it met, a line each.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.SES_STUB_TEST_NODE_MODULES}/`);
const { SESClient, VerifyEmailIdentityCommand, GetIdentityVerificationAttributesCommand, waitUntilIdentityExists } =
  require("@aws-sdk/client-ses");
const { SESv2Client, GetEmailIdentityCommand, SendEmailCommand } = require("@aws-sdk/client-sesv2");

const server = process.env.AWS_ENDPOINT_URL_SES;
const address = "ann@example.com";
const ses = new SESClient({ maxAttempts: 1 });
const sesv2 = new SESv2Client();

async function order(path, body) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`${server}/_ses_stub/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
}
async function ask(...names) {
  try {
    const answer = await ses.send(new GetIdentityVerificationAttributesCommand({ Identities: names }));
    console.log(answer.VerificationAttributes[address].VerificationStatus);
  } catch (error) {
    console.log(`${error.Code ?? error.name}: ${error.message}`);
  }
}

await ses.send(new VerifyEmailIdentityCommand({ EmailAddress: address }));
await ask(address);
await order("clicks", { address });
await order("clock/advance", { seconds: 1 });
await ask(address);
await ask(address);
await order("clock/advance", { seconds: 1 });
await ask(...Array.from({ length: 101 }, (_, number) => `u${number}@example.com`));
const identity = await sesv2.send(new GetEmailIdentityCommand({ EmailIdentity: address }));
console.log(`verified for sending: ${identity.VerifiedForSendingStatus}`);
const text = { Data: "Hello" };
const Content = { Simple: { Subject: text, Body: { Text: text } } };
const Destination = { ToAddresses: [address] };
const sent = await sesv2.send(new SendEmailCommand({ FromEmailAddress: address, Destination, Content }));
console.log(sent.MessageId ? "sent" : "no id");
await order("clock/advance", { seconds: 1 });
const waited = await waitUntilIdentityExists({ client: ses, maxWaitTime: 60 }, { Identities: [address] });
console.log(`waiter: ${waited.state}`);
