// Validates the OpenAPI document of a server: node validate.js ADDRESS. It prints the
// version of OpenAPI, and fails with what is wrong.
import { Validator } from "@seriousme/openapi-schema-validator";

const answer = await fetch(process.argv[2]);
const validator = new Validator();
const { valid, errors } = await validator.validate(await answer.json());
if (!valid) {
  throw new Error(JSON.stringify(errors, null, 1));
}
validator.resolveRefs(); // throws where a reference leads nowhere
console.log(validator.version);
