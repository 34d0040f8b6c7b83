// Drives the generated client: it reads the version, lists given-up jobs, follows a job by
// its events and asks for one that can't be. Requests are signed by aws4fetch. Each answer
// and each event is one JSON document on a line.
import { AwsClient } from "aws4fetch";
import { createClient } from "./generated/client/index.js";
import { listGivenUpJobs, readJobEvents, readJobProgress, readVersion } from "./generated/index.js";
import type { GivenUpJob, Progress, ReadJobProgressError, Version } from "./generated/index.js";

const { TEST_ADDR, TEST_JOB, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
const signer = new AwsClient({
  accessKeyId: AWS_ACCESS_KEY_ID!,
  secretAccessKey: AWS_SECRET_ACCESS_KEY!,
  service: "elastictranscoder",
  region: "us-east-1",
  retries: 0,
});
const client = createClient({
  baseUrl: `http://${TEST_ADDR}`,
  fetch: (input, init) => signer.fetch(input as Request, init),
});

function say(answer: {
  version?: Version;
  jobs?: GivenUpJob[];
  event?: string;
  progress?: Progress;
  refused?: ReadJobProgressError;
}) {
  console.log(JSON.stringify(answer));
}

say({ version: (await readVersion({ client, throwOnError: true })).data });
say({ jobs: (await listGivenUpJobs({ client, throwOnError: true })).data.jobs });
say({ refused: (await readJobProgress({ client, path: { id: "x" } })).error });

let event: string | undefined;
const { stream } = await readJobEvents({
  client,
  path: { id: TEST_JOB! },
  sseMaxRetryAttempts: 1,
  onSseEvent: (e) => {
    event = e.event;
  },
  onSseError: (error) => {
    throw error;
  },
});
for await (const progress of stream) {
  say({ event, progress });
}
