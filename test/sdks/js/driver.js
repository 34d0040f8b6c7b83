// Drives the JavaScript SDK for the tests. It reads one request a line from
// standard input and writes one answer a line:
//
//   {"do": "call", "operation": "ReadJob", "params": {"Id": "..."}}
//   {"result": {...}, "status": 200}
//   {"do": "pages", ...}  answers {"pages": [{...}, ...]}, by the SDK's paginator
//   {"do": "wait", "operation": "JobComplete", ...}  answers when the SDK's waiter is content
//   {"error": {"class": ..., "code": ..., "message": ..., "status": ...}}

const readline = require("node:readline");
const sdk = require("@aws-sdk/client-elastic-transcoder");

const client = new sdk.ElasticTranscoderClient({ endpoint: "http://" + process.env.TEST_ADDR });
if (process.env.TEST_API_VERSION) {
  client.middlewareStack.add(
    (next) => (args) => {
      args.request.path = args.request.path.replace("2012-09-25", process.env.TEST_API_VERSION);
      return next(args);
    },
    { step: "build" },
  );
}

function plain({ $metadata, ...result }) {
  return { result, status: $metadata.httpStatusCode };
}

async function pages(operation, params) {
  const found = [];
  for await (const page of sdk["paginate" + operation]({ client }, params)) {
    found.push(plain(page).result);
  }
  return { pages: found };
}

async function wait(operation, params) {
  await sdk["waitUntil" + operation]({ client, minDelay: 0.2, maxDelay: 0.2, maxWaitTime: 120 }, params);
  return { result: {} };
}

async function answer(request) {
  try {
    switch (request.do) {
      case "pages":
        return await pages(request.operation, request.params);
      case "wait":
        return await wait(request.operation, request.params);
      default:
        return plain(await client.send(new sdk[request.operation + "Command"](request.params)));
    }
  } catch (e) {
    return { error: { class: e.constructor.name, code: e.name, message: e.message, status: e.$metadata?.httpStatusCode } };
  }
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await answer(JSON.parse(line))));
  }
}

main();
