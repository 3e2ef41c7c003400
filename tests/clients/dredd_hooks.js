// What Dredd cannot know: the ids that exist, the key, and the request that gets each documented error. By itself it
// asks for the first success of each operation only, with the examples of the document. The file that is named in the
// environment has one request for each "METHOD /path/{template} status".
const { readFileSync } = require('fs');
const hooks = require('hooks');

const requests = JSON.parse(readFileSync(process.env.SPECWITNESS_REQUESTS, 'utf8'));

hooks.beforeEach((transaction) => {
  const { request, origin, expected } = transaction;
  const known = requests[`${request.method} ${origin.resourceName} ${expected.statusCode}`];
  transaction.skip = known === undefined;
  if (known === undefined) return;
  transaction.fullPath = known.target;
  Object.assign(request.headers, known.headers);
  request.body = known.body || '';
  // Dredd makes no schema of an OpenAPI 3 response: it would take each field of the example for a required one.
  if (known.schema) expected.bodySchema = JSON.stringify(known.schema);
});
