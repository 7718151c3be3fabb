// A client of the AWS SDK for JavaScript with its own retries; a second goes by after each throttled try.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.SES_STUB_TEST_NODE_MODULES}/`);
const { SESClient, ListIdentitiesCommand } = require("@aws-sdk/client-ses");

const server = process.env.AWS_ENDPOINT_URL_SES;
const ses = new SESClient();

const secondLater = (next) => async (args) => {
  try {
    return await next(args);
  } catch (error) {
    console.log(error.name);
    const headers = { "Content-Type": "application/json" };
    await fetch(`${server}/_ses_stub/clock/advance`, { method: "POST", headers, body: '{"seconds": 1}' });
    throw error;
  }
};
// Within the retries, around the one try.
ses.middlewareStack.add(secondLater, { step: "deserialize", priority: "high" });

await Promise.all([1, 2].map(() => ses.send(new ListIdentitiesCommand())));
console.log("both passed");
