// Sends by nodemailer's transport for SES; prints what it met, a line each.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.SES_STUB_TEST_NODE_MODULES}/`);
const nodemailer = require("nodemailer");
const { SESv2Client, SendEmailCommand } = require("@aws-sdk/client-sesv2");

const server = process.env.AWS_ENDPOINT_URL_SES;
const address = "ann@example.com";
const transport = nodemailer.createTransport({ SES: { sesClient: new SESv2Client(), SendEmailCommand } });

async function control(path, body) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`${server}/_ses_stub/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
}
async function send() {
  try {
    await transport.sendMail({ from: `Ann <${address}>`, to: "bob@example.com", subject: "Hello", html: "<p>Hello" });
    console.log("sent");
  } catch (error) {
    console.log(error.name);
  }
}

await control("identities", { name: address, status: "Pending" });
await send();
await control("clicks", { address });
await send();
