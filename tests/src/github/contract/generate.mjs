// Makes rest.json, webhooks.json and graphql.graphql of this folder from GitHub's published descriptions.
//
//   npm install --ignore-scripts --no-audit --no-fund --prefix /tmp/github \
//     @octokit/openapi@23.0.2 @octokit/webhooks-schemas@7.6.1 @octokit/graphql-schema@15.26.1 graphql@16
//   node generate.mjs /tmp/github/node_modules
//
// Run by hand when a call is added to OPERATIONS or MUTATIONS, or an event to EVENTS, or GitHub's description moves on.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const OPERATIONS = [
  "apps/create-installation-access-token",
  "apps/get-authenticated",
  "apps/get-repo-installation",
  "checks/create",
  "checks/list-for-ref",
  "git/create-ref",
  "git/delete-ref",
  "git/get-ref",
  "issues/add-labels",
  "issues/create-comment",
  "issues/list-comments",
  "issues/update-comment",
  "pulls/create",
  "pulls/create-review",
  "pulls/get",
  "pulls/list",
  "pulls/list-commits",
  "pulls/list-files",
  "pulls/list-reviews",
  "pulls/merge",
  "pulls/request-reviewers",
  "pulls/update",
  "rate-limit/get",
  "reactions/create-for-issue-comment",
  "repos/create-commit-status",
  "repos/get",
  "repos/get-branch",
  "repos/get-collaborator-permission-level",
  "repos/get-combined-status-for-ref",
  "repos/get-commit",
  "repos/get-content",
  "users/get-authenticated",
  "users/get-by-username",
];

const EVENTS = [
  "check_run", "check_suite", "issue_comment", "pull_request", "pull_request_review", "push", "status",
];

const MUTATIONS = [
  "convertPullRequestToDraft",
  "createCommitOnBranch",
  "disablePullRequestAutoMerge",
  "enablePullRequestAutoMerge",
  "markPullRequestReadyForReview",
];
// What the mutations and queries reach, field by field: all else of these types stays out.
const FIELDS = {
  Query: ["node", "repository", "viewer", "rateLimit"],
  Repository: ["id", "nameWithOwner", "pullRequest", "autoMergeAllowed", "viewerPermission"],
  PullRequest: [
    "id", "number", "state", "isDraft", "merged", "mergeable", "mergeStateStatus", "reviewDecision",
    "headRefOid", "headRefName", "baseRefName", "url", "title", "autoMergeRequest",
    "viewerCanEnableAutoMerge", "closed",
  ],
  AutoMergeRequest: ["enabledAt", "mergeMethod"],
  Commit: ["id", "oid", "url", "signature"],
  GitSignature: ["isValid", "state"],
  RateLimit: ["cost", "limit", "remaining", "resetAt", "used"],
  User: ["id", "login"],
  Ref: ["id", "name"],
  Actor: ["login"],
};

const modules = process.argv[2];
if (!modules) throw new Error("usage: node generate.mjs NODE_MODULES");
const here = import.meta.dirname ?? new URL(".", import.meta.url).pathname;
const version = (name) => JSON.parse(readFileSync(join(modules, name, "package.json"))).version;

writeFileSync(join(here, "rest.json"), rest());
writeFileSync(join(here, "webhooks.json"), webhooks());
writeFileSync(join(here, "graphql.graphql"), graphql());

function rest() {
  const source = JSON.parse(
    readFileSync(join(modules, "@octokit/openapi/generated/api.github.com.json")),
  );
  const operations = {};
  for (const [path, item] of Object.entries(source.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      if (!OPERATIONS.includes(operation.operationId)) continue;
      operations[operation.operationId] = describe(source, path, method, item, operation);
    }
  }
  const missing = OPERATIONS.filter((name) => !operations[name]);
  if (missing.length) throw new Error(`not in the description: ${missing}`);
  const schemas = reached(source, operations);
  const head = {
    source: `@octokit/openapi ${version("@octokit/openapi")}, api.github.com.json`,
    license: "MIT, Copyright (c) GitHub and Octokit contributors",
    generator: "generate.mjs",
  };
  return file(head, { operations, schemas });
}

// One operation and one schema a line: a new version can be read as a difference.
function file(about, parts) {
  const lines = (map) =>
    Object.keys(map).sort().map((key) => `${JSON.stringify(key)}:${JSON.stringify(map[key])}`).join(",\n");
  const texts = Object.entries(parts).map(([name, map]) => `${JSON.stringify(name)}:{\n${lines(map)}}`);
  return `{"about":${JSON.stringify(about)},\n${texts.join(",\n")}}\n`;
}

// The schemas of the events; already JSON Schema, so that only prose goes.
function webhooks() {
  const source = JSON.parse(readFileSync(join(modules, "@octokit/webhooks-schemas/schema.json")));
  const schemas = {};
  const PROSE = ["$schema", "description", "title", "format", "examples", "tsAdditionalProperties"];
  const strip = (node, names) => {
    if (Array.isArray(node)) return node.map((item) => strip(item, false));
    if (node === null || typeof node !== "object") return node;
    const kept = Object.entries(node).filter(([key]) => names || !PROSE.includes(key));
    return Object.fromEntries(
      kept.map(([key, value]) =>
        key === "$ref" && typeof value === "string"
          ? [key, value.replace("#/definitions/", "#/$defs/")]
          : [key, strip(value, key === "properties" && !names)]),
    );
  };
  const visit = (node) => {
    if (node === null || typeof node !== "object") return;
    const name = typeof node.$ref === "string" && node.$ref.replace("#/$defs/", "");
    if (name && !schemas[name]) visit((schemas[name] = strip(source.definitions[name], false)));
    Object.values(node).forEach(visit);
  };
  const events = {};
  for (const name of Object.keys(source.definitions)) {
    const [event, action] = name.split("$");
    if (action && EVENTS.includes(event)) visit((events[name] = strip(source.definitions[name], false)));
  }
  const about = {
    source: `@octokit/webhooks-schemas ${version("@octokit/webhooks-schemas")}`,
    license: "MIT, Copyright (c) 2020 Octokit contributors",
    generator: "generate.mjs",
  };
  return file(about, { events, schemas });
}

function describe(source, path, method, item, operation) {
  const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((p) => resolve(source, p));
  const query = {};
  for (const p of parameters.filter((p) => p.in === "query")) query[p.name] = toSchema(p.schema);
  const body = operation.requestBody && resolve(source, operation.requestBody).content["application/json"];
  const responses = {};
  for (const [status, reference] of Object.entries(operation.responses)) {
    const content = resolve(source, reference).content;
    const json = content && (content["application/json"] ?? content["application/scim+json"]);
    responses[status] = json ? toSchema(json.schema) : null;
  }
  return {
    method: method.toUpperCase(),
    path,
    query,
    body: body ? toSchema(body.schema) : null,
    body_required: Boolean(operation.requestBody?.required),
    responses,
  };
}

function resolve(source, value) {
  if (!value.$ref) return value;
  return value.$ref.slice(2).split("/").reduce((node, key) => node[key], source);
}

// OpenAPI 3.0's dialect into JSON Schema 2020-12: `nullable` becomes a type, prose goes away.
function toSchema(node) {
  if (Array.isArray(node)) return node.map(toSchema);
  if (node === null || typeof node !== "object") return node;
  if (node.$ref) {
    const reference = { $ref: node.$ref.replace("#/components/schemas/", "#/$defs/") };
    return node.nullable ? { anyOf: [reference, { type: "null" }] } : reference;
  }
  const result = {};
  const KEPT = [
    "type", "enum", "required", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems",
    "pattern", "minProperties",
  ];
  for (const key of KEPT) if (key in node) result[key] = node[key];
  for (const key of ["oneOf", "anyOf", "allOf", "items", "not"]) if (key in node) result[key] = toSchema(node[key]);
  if (node.properties) {
    result.properties = Object.fromEntries(
      Object.entries(node.properties).map(([name, value]) => [name, toSchema(value)]),
    );
  }
  if (node.additionalProperties !== undefined) {
    const more = toSchema(node.additionalProperties);
    if (more !== true) result.additionalProperties = more;
  }
  if (!node.nullable) return result;
  if (typeof result.type === "string") {
    result.type = [result.type, "null"];
    if (result.enum) result.enum = [...new Set([...result.enum, null])];
    return result;
  }
  return { anyOf: [result, { type: "null" }] };
}

function reached(source, operations) {
  const found = {};
  const visit = (node) => {
    if (node === null || typeof node !== "object") return;
    if (typeof node.$ref === "string") {
      const name = node.$ref.replace("#/$defs/", "");
      if (found[name]) return;
      found[name] = toSchema(source.components.schemas[name]);
      visit(found[name]);
      return;
    }
    Object.values(node).forEach(visit);
  };
  visit(operations);
  // Answers that any call may get, whether its description says so or not.
  visit({ $ref: "#/$defs/basic-error" });
  return found;
}

function graphql() {
  const require = createRequire(join(modules, "x.js"));
  const { parse, print, visit } = require("graphql");
  const text = readFileSync(join(modules, "@octokit/graphql-schema/schema.graphql"), "utf8");
  const types = new Map(parse(text).definitions.filter((d) => d.name).map((d) => [d.name.value, d]));
  const kept = new Map();
  const named = (type) => (type.type ? named(type.type) : type.name.value);
  const FIELDS_OF = { ...FIELDS, Mutation: MUTATIONS };
  for (const type of types.values()) {
    if (type.kind === "ObjectTypeDefinition" && /^(.*)Payload$/.test(type.name.value)) {
      const mutation = type.name.value.replace(/Payload$/, "");
      if (MUTATIONS.some((m) => m.toLowerCase() === mutation.toLowerCase()))
        FIELDS_OF[type.name.value] = ["clientMutationId", "pullRequest", "commit", "ref"];
    }
  }
  const keep = (name) => {
    const type = types.get(name);
    if (!type || kept.has(name)) return;
    kept.set(name, null);
    let result = type;
    if (type.fields && type.kind !== "InputObjectTypeDefinition") {
      const fields = type.fields.filter((f) => (FIELDS_OF[name] ?? ["id"]).includes(f.name.value));
      result = { ...type, fields };
    }
    (result.fields ?? []).forEach((f) => {
      keep(named(f.type));
      (f.arguments ?? []).forEach((a) => keep(named(a.type)));
    });
    kept.set(name, result);
  };
  ["Query", "Mutation", ...Object.keys(FIELDS)].forEach(keep);
  const definitions = [...kept.keys()].sort().map((name) => {
    const type = kept.get(name);
    const interfaces = type.interfaces?.filter((i) => kept.has(i.name.value));
    const implemented = interfaces?.filter((i) => {
      const has = new Set(type.fields.map((f) => f.name.value));
      return kept.get(i.name.value).fields.every((f) => has.has(f.name.value));
    });
    return visit({ ...type, ...(interfaces && { interfaces: implemented }) }, {
      enter: (node) => (node.description || node.directives?.length ? { ...node, description: undefined, directives: [] } : undefined),
    });
  });
  const head = `# From @octokit/graphql-schema ${version("@octokit/graphql-schema")} (MIT, Copyright (c) GitHub and Octokit contributors) by generate.mjs.\n`;
  return head + definitions.map(print).join("\n\n") + "\n";
}
