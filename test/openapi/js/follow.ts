// Drives the generated client: it reads what the server is, searches for jobs page by page,
// lists given-up jobs, asks for a job that can't be and follows one by its events. Requests
// are signed by aws4fetch. Each answer and each event is one JSON document on a line.
import { AwsClient } from "aws4fetch";
import { createClient } from "./generated/client/index.js";
import { listGivenUpJobs, readJobEvents, readJobProgress, readSystem, searchJobs } from "./generated/index.js";
import type { GivenUpJob, Job, Progress, ReadJobProgressError, SearchJobsError, System } from "./generated/index.js";

const { TEST_ADDR, TEST_JOB, TEST_PIPELINE, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
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
  system?: System;
  jobs?: Job[];
  givenUp?: GivenUpJob[];
  event?: string;
  progress?: Progress;
  refused?: ReadJobProgressError | SearchJobsError;
}) {
  console.log(JSON.stringify(answer));
}

// Finds jobs of the pipeline that have a word, two in a page, until there is no next page.
async function search(text: string) {
  let before: number | undefined;
  do {
    const page = (
      await searchJobs({
        client,
        query: { pipelineId: TEST_PIPELINE, status: "Submitted", text, limit: 2, before },
        throwOnError: true,
      })
    ).data;
    say({ jobs: page.jobs });
    before = page.next;
  } while (before);
}

say({ system: (await readSystem({ client, throwOnError: true })).data });
await search("summer");
say({ refused: (await searchJobs({ client, query: { limit: 1000 } })).error });
say({ givenUp: (await listGivenUpJobs({ client, throwOnError: true })).data.jobs });
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
