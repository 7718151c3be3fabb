// The walk of test_server_clients, by the AWS SDK for JavaScript 2; prints what it met, a line each.
const { createRequire } = require("node:module");

const AWS = createRequire(`${process.env.SES_STUB_TEST_NODE_MODULES}/`)("aws-sdk");

const server = process.env.AWS_ENDPOINT_URL_SES;
const address = "ann@example.com";
// It knows nothing of AWS_ENDPOINT_URL_SES.
const options = { endpoint: server, region: process.env.AWS_REGION, maxRetries: 0 };
const ses = new AWS.SES(options);
const sesv2 = new AWS.SESV2(options);

async function control(path, body) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`${server}/_ses_stub/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
}
async function ask(...Identities) {
  try {
    const answer = await ses.getIdentityVerificationAttributes({ Identities }).promise();
    console.log(answer.VerificationAttributes[address].VerificationStatus);
  } catch (error) {
    console.log(`${error.code}: ${error.message}`);
  }
}

(async () => {
  await ses.verifyEmailIdentity({ EmailAddress: address }).promise();
  await ask(address);
  await control("clicks", { address });
  await control("clock/advance", { seconds: 1 });
  await ask(address);
  await ask(address);
  await control("clock/advance", { seconds: 1 });
  await ask(...Array.from({ length: 101 }, (_, number) => `u${number}@example.com`));
  const identity = await sesv2.getEmailIdentity({ EmailIdentity: address }).promise();
  console.log(`verified for sending: ${identity.VerifiedForSendingStatus}`);
  const text = { Data: "Hello" };
  const Content = { Simple: { Subject: text, Body: { Text: text } } };
  const Destination = { ToAddresses: [address] };
  const sent = await sesv2.sendEmail({ FromEmailAddress: address, Destination, Content }).promise();
  console.log(sent.MessageId ? "sent" : "no id");
})();
