// What .ci/deploy-check runs where its packages are: node deploy-check.mjs PACKAGES DIRECTORY
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {isDeepStrictEqual} from 'node:util';
import serviceSpec from '@aws-cdk/aws-service-spec';
import ts from 'typescript';
import YAML from 'yaml';

const [packages, directory] = process.argv.slice(2);
const spec = serviceSpec.loadAwsServiceSpecSync();
const problems = new Set();

/** What stands for a reader's own values, so that patterns can be held to. */
const account = '123456789012';
const region = 'us-east-1';
const runtimeId = 'bargein-0123456789';
const placeholders = {ACCOUNT: account, REGION: region, TAG: 'v1', RUNTIME_ID: runtimeId};

const read = name => readFileSync(join(directory, name), 'utf8').replace(/\b(ACCOUNT|REGION|TAG|RUNTIME_ID)\b/g, word => placeholders[word]);
const json = name => JSON.parse(read(name));
const problem = (where, what) => problems.add(`${where}: ${what}`);
const names = object => Object.keys(object).join(', ');

// ---- a value against the published specification of a resource

const primitives = {
  string: value => typeof value === 'string',
  'date-time': value => typeof value === 'string',
  integer: Number.isInteger,
  number: value => typeof value === 'number',
  boolean: value => typeof value === 'boolean',
  json: value => typeof value === 'object' && value !== null,
};

function checkValue(where, value, type, constraints, limits) {
  switch (type.type) {
    case 'ref': {
      const definition = spec.get('typeDefinition', type.reference.$ref);
      return checkProperties(where, value, definition.properties, constraints, definition.name);
    }
    case 'array':
      if (!Array.isArray(value)) {
        return problem(where, `${JSON.stringify(value)} (expected: a list)`);
      }
      return value.forEach((element, i) => checkValue(`${where}[${i}]`, element, type.element, constraints));
    case 'map':
      if (!isMap(value)) {
        return problem(where, `${JSON.stringify(value)} (expected: names and values)`);
      }
      return Object.entries(value).forEach(([name, element]) => checkValue(`${where}.${name}`, element, type.element, constraints));
    case 'union': {
      const before = new Set(problems);
      for (const one of type.types) {
        const outcome = problems.size;
        checkValue(where, value, one, constraints, limits);
        if (problems.size === outcome) {
          return undefined;
        }
        [...problems].filter(each => !before.has(each)).forEach(each => problems.delete(each));
      }
      return problem(where, `${JSON.stringify(value)} (expected: one of ${type.types.map(one => one.type).join(', ')})`);
    }
    default:
      return checkPrimitive(where, value, type, limits);
  }
}

function checkPrimitive(where, value, type, limits = {}) {
  const fits = primitives[type.type];
  if (!fits) {
    return problem(where, `type ${type.type} is not known to this check`);
  }
  if (!fits(value)) {
    return problem(where, `${JSON.stringify(value)} (expected: ${type.type})`);
  }
  if (type.allowedValues && !type.allowedValues.includes(value)) {
    return problem(where, `${value} (expected: ${type.allowedValues.join(', ')})`);
  }
  if (limits.pattern && !limits.pattern.test(value)) {
    return problem(where, `${value} (expected: ${limits.pattern.source})`);
  }
  const size = typeof value === 'string' ? value.length : value;
  const [least, most] = typeof value === 'string' ? [limits.minLength, limits.maxLength] : [limits.min, limits.max];
  if (size < least || size > most) {
    problem(where, `${value} (expected: ${least ?? 0} to ${most ?? 'any'})`);
  }
  return undefined;
}

function checkProperties(where, value, properties, constraints, typeName) {
  if (!isMap(value)) {
    return problem(where, `${JSON.stringify(value)} (expected: ${names(properties)})`);
  }
  for (const name of Object.keys(value)) {
    if (!properties[name]) {
      problem(`${where}.${name}`, `no such property (expected: ${names(properties)})`);
      continue;
    }
    checkValue(`${where}.${name}`, value[name], properties[name].type, constraints, constraints[`${typeName}.${name}`]);
  }
  for (const [name, property] of Object.entries(properties)) {
    if (property.required && !(name in value)) {
      problem(`${where}.${name}`, 'missing (expected: a value, as it is required)');
    }
  }
  return undefined;
}

function isMap(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkResource(where, type, properties) {
  const [resource] = spec.lookup('resource', 'cloudFormationType', 'equals', type);
  if (!resource) {
    return problem(where, `type ${type} is not in the specification`);
  }
  const typeName = `${type.replace('AWS::', '').replace('::', '')}Properties`;
  return checkProperties(where, properties, resource.properties, publishedConstraints(type), typeName);
}

/** Patterns, lengths and ranges, by type and property. The specification lacks them; the types generated from the same schemas carry them. */
function publishedConstraints(type) {
  const source = readFileSync(join(packages, 'node_modules/@awboost/cfn-resource-types/lib', `${type.replaceAll('::', '-')}.d.ts`), 'utf8');
  const file = ts.createSourceFile('types.d.ts', source, ts.ScriptTarget.Latest);
  const constraints = {};
  for (const statement of file.statements.filter(each => ts.isTypeAliasDeclaration(each) && ts.isTypeLiteralNode(each.type))) {
    for (const member of statement.type.members.filter(ts.isPropertySignature)) {
      const tags = source.slice(member.getFullStart(), member.getStart(file)).matchAll(/^\s*\* @(pattern|minLength|maxLength|min|max) `(.*)`$/gm);
      for (const [, tag, text] of tags) {
        const limits = constraints[`${statement.name.text}.${member.name.text}`] ??= {};
        limits[tag] = tag === 'pattern' ? new RegExp(`^(?:${text.replaceAll('\u200d', '')})$`) : Number(text);
      }
    }
  }
  return constraints;
}

// ---- the template, worked out for given parameters as CloudFormation does

const nothing = Symbol('AWS::NoValue');
const shortForms = ['Ref', 'Condition', 'Sub', 'GetAtt', 'If', 'Not', 'And', 'Or', 'Equals', 'Join'];
const tags = shortForms.flatMap(name => ['scalar', 'seq'].map(kind => ({
  tag: `!${name}`,
  collection: kind === 'seq' ? 'seq' : undefined,
  resolve: node => ({[name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`]: kind === 'seq' ? node.toJSON() : node}),
})));

/** One attribute of each resource that others ask for, in the shape that AWS gives it. */
const attributes = {
  'Repository.Arn': `arn:aws:ecr:${region}:${account}:repository/bargein`,
  'Repository.RepositoryUri': `${account}.dkr.ecr.${region}.amazonaws.com/bargein`,
  'Role.Arn': `arn:aws:iam::${account}:role/bargein-Role-0123456789AB`,
  'Runtime.AgentRuntimeArn': `arn:aws:bedrock-agentcore:${region}:${account}:runtime/${runtimeId}`,
  'Runtime.AgentRuntimeId': runtimeId,
  'Runtime.AgentRuntimeVersion': '1',
};
const pseudo = {'AWS::AccountId': account, 'AWS::Region': region, 'AWS::Partition': 'aws', 'AWS::NoValue': nothing};

class Stack {
  constructor(template, given) {
    this.template = template;
    this.used = new Set();
    this.parameters = Object.fromEntries(Object.entries(template.Parameters).map(([name, parameter]) =>
      [name, bindParameter(`Parameters.${name}`, parameter, given[name] ?? parameter.Default)]));
    this.conditions = Object.fromEntries(Object.keys(template.Conditions).map(name => [name, this.condition(name)]));
  }

  condition(name) {
    if (!this.template.Conditions[name]) {
      problem('Conditions', `${name} is not there`);
    }
    return this.work(this.template.Conditions[name]);
  }

  /** What is made: the parts whose condition holds. */
  section(name) {
    return Object.entries(this.template[name]).filter(([, part]) => !part.Condition || this.condition(part.Condition))
      .map(([id, part]) => [id, {...part, Properties: this.work(part.Properties ?? {}), Value: this.work(part.Value ?? '')}]);
  }

  work(value) {
    if (Array.isArray(value)) {
      return value.map(each => this.work(each)).filter(each => each !== nothing);
    }
    if (!isMap(value)) {
      return value;
    }
    const [name, ...others] = Object.keys(value);
    if (others.length === 0 && (name === 'Ref' || name === 'Condition' && typeof value[name] === 'string' || name?.startsWith('Fn::'))) {
      return this.call(name, value[name]);
    }
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.work(each)]).filter(([, each]) => each !== nothing));
  }

  call(name, argument) {
    switch (name) {
      case 'Ref': return this.ref(argument);
      case 'Condition': return this.condition(argument);
      case 'Fn::GetAtt': return this.attribute(argument);
      case 'Fn::If': return this.condition(argument[0]) ? this.work(argument[1]) : this.work(argument[2]);
      case 'Fn::Not': return !this.work(argument[0]);
      case 'Fn::And': return argument.every(each => this.work(each));
      case 'Fn::Equals': return isDeepStrictEqual(this.work(argument[0]), this.work(argument[1]));
      case 'Fn::Join': return this.work(argument[1]).join(argument[0]);
      case 'Fn::Sub': return argument.replace(/\$\{([^}]+)}/g, (_, of) => of.includes('.') ? this.attribute(of) : this.ref(of));
      default: return problem('template', `${name} is not known to this check`);
    }
  }

  ref(name) {
    this.used.add(name);
    const known = {...pseudo, ...this.parameters};
    if (!(name in known) && !this.template.Resources[name]) {
      problem('Ref', `${name} is neither a parameter nor a resource`);
    }
    return known[name] ?? `ref-${name}`;
  }

  attribute(path) {
    const [id, name] = path.split('.');
    const type = this.template.Resources[id]?.Type;
    const [resource] = type ? spec.lookup('resource', 'cloudFormationType', 'equals', type) : [];
    if (!resource?.attributes[name]) {
      problem(`GetAtt ${path}`, `no such attribute (expected: ${resource ? names(resource.attributes) : 'of a resource'})`);
    }
    return attributes[path] ?? problem(`GetAtt ${path}`, 'this check has no sample of it');
  }
}

function bindParameter(where, parameter, value) {
  const {Type: type, AllowedPattern: pattern, AllowedValues: values, MinValue: least, MaxValue: most} = parameter;
  if (value === undefined || pattern && !new RegExp(`^(?:${pattern})$`).test(value) || values && !values.includes(value)
      || value < least || value > most) {
    problem(where, `${value} (expected: ${pattern ?? values ?? `${least} to ${most}`})`);
  }
  switch (type) {
    case 'String': return value;
    case 'Number': return Number(value);
    case 'CommaDelimitedList': return value.split(',');
    default: return problem(where, `type ${type} is not known to this check`);
  }
}

// ---- each file

/** Between them they take both ways of every condition. */
const deployments = {
  'the repository alone': {},
  'the defaults': {ImageTag: 'v1'},
  everything: {
    ImageTag: 'v1', SystemPrompt: 'Answer briefly.', PlatformVersion: 'V2', HeaderAllowlist: 'traceparent,Authorization', NetworkMode: 'VPC',
    SubnetIds: 'subnet-01234567,subnet-89abcdef', SecurityGroupIds: 'sg-01234567', JwtAudiences: 'chat', JwtClients: 'web,phone',
    JwtDiscoveryUrl: 'https://issuer.example/.well-known/openid-configuration',
  },
  'a model without a profile': {ImageTag: 'v1', ModelId: 'amazon.nova-lite-v1:0', FoundationModelId: 'amazon.nova-lite-v1:0'},
};

function checkTemplate() {
  const template = YAML.parse(read('agentcore.yaml'), {customTags: tags});
  const sections = ['AWSTemplateFormatVersion', 'Description', 'Parameters', 'Conditions', 'Resources', 'Outputs'];
  if (!isDeepStrictEqual(Object.keys(template), sections)) {
    return problem('agentcore.yaml', `${names(template)} (expected: ${sections.join(', ')})`);
  }
  const stacks = Object.entries(deployments).map(([name, given]) => {
    const stack = new Stack(template, given);
    for (const [id, resource] of stack.section('Resources')) {
      checkResource(`agentcore.yaml, ${name}, ${id}`, resource.Type, resource.Properties);
    }
    stack.section('Outputs').filter(([, output]) => !primitives.string(output.Value)).forEach(([id]) => problem(`Outputs.${id}`, 'no text'));
    return stack;
  });
  for (const condition of Object.keys(template.Conditions)) {
    if (new Set(stacks.map(stack => stack.conditions[condition])).size < 2) {
      problem(`Conditions.${condition}`, 'this check takes only one of its ways');
    }
  }
  Object.keys(template.Parameters).filter(name => !stacks.some(stack => stack.used.has(name)))
    .forEach(name => problem(`Parameters.${name}`, 'is used by nothing'));
  return checkPolicies(Object.fromEntries(stacks[1].section('Resources')));
}

/** Who works by hand has the same permissions as who takes the template. */
function checkPolicies({Role: role, Callers: callers}) {
  const same = (file, ours, theirs) => {
    if (!isDeepStrictEqual(ours, theirs)) {
      problem(file, 'differs from the policy in agentcore.yaml');
    }
  };
  const run = [...json('model-policy.json').Statement, ...json('platform-policy.json').Statement];
  same('model-policy.json, platform-policy.json', run, role.Properties.Policies[0].PolicyDocument.Statement);
  same('trust-policy.json', json('trust-policy.json'), role.Properties.AssumeRolePolicyDocument);
  same('caller-policy.json', json('caller-policy.json'), callers.Properties.PolicyDocument);
}

/** The AWS CLI's inputs have the names of the template's properties, but for their first letter. */
function capitalized(value, verbatim) {
  if (Array.isArray(value)) {
    return value.map(each => capitalized(each, verbatim));
  }
  return !isMap(value) ? value : Object.fromEntries(Object.entries(value)
    .map(([name, each]) => [name[0].toUpperCase() + name.slice(1), verbatim.includes(name) ? each : capitalized(each, verbatim)]));
}

function checkCliInputs() {
  const {protocolConfiguration, ...runtime} = json('runtime.json');
  const properties = {...capitalized(runtime, ['environmentVariables']), ProtocolConfiguration: protocolConfiguration.serverProtocol};
  checkResource('runtime.json', 'AWS::BedrockAgentCore::Runtime', properties);
  const task = json('ecs-task.json');
  checkResource('ecs-task.json', 'AWS::ECS::TaskDefinition', capitalized(task, ['options']));
  drains('ecs-task.json, stopTimeout', task.containerDefinitions[0].stopTimeout);
}

/** SIGTERM to exit takes 10 s at the most. */
function drains(where, seconds) {
  if (!(seconds > 10)) {
    problem(where, `${seconds} (expected: more than the 10 s of the drain)`);
  }
}

async function checkManifests() {
  const manifests = YAML.parseAllDocuments(read('kubernetes.yaml')).map(document => document.toJS());
  const code = manifests.map(({apiVersion, kind}, i) => `import type {I${kind} as Kind${i}} from 'kubernetes-models/${apiVersion}/${kind}';`)
    .concat(manifests.map((manifest, i) => `export const manifest${i}: Kind${i} = ${JSON.stringify(manifest, null, 1)};`)).join('\n');
  // The published schemas allow unknown fields; the types generated from them, by the compiler's rules, do not.
  const file = join(packages, 'manifests.ts');
  ts.sys.writeFile(file, code);
  const program = ts.createProgram([file], {strict: true, noEmit: true, skipLibCheck: true, types: [], target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler});
  for (const {file: at, start, messageText} of ts.getPreEmitDiagnostics(program)) {
    const line = at ? at.text.slice(at.text.lastIndexOf('\n', start) + 1, at.text.indexOf('\n', start)).trim() : '';
    problem(`kubernetes.yaml, ${line}`, ts.flattenDiagnosticMessageText(messageText, ' '));
  }
  for (const manifest of manifests) {
    const module = join(packages, 'node_modules/kubernetes-models', manifest.apiVersion, `${manifest.kind}.js`);
    const {[manifest.kind]: Model} = await import(pathToFileURL(module));
    try {
      new Model(manifest).validate();
    } catch (invalid) {
      problem(`kubernetes.yaml, ${manifest.kind}`, invalid.message);
    }
  }
  checkAgreement(Object.fromEntries(manifests.map(manifest => [manifest.kind, manifest.spec])));
}

/** What no schema knows: names that have to be the same, and times that have to suffice. */
function checkAgreement({Deployment: deployment, Service: service, PodDisruptionBudget: budget}) {
  const {metadata: {labels}, spec: pod} = deployment.template;
  const [container] = pod.containers;
  const selectors = {Deployment: deployment.selector.matchLabels, Service: service.selector, PodDisruptionBudget: budget.selector.matchLabels};
  for (const [kind, selector] of Object.entries(selectors)) {
    if (!isDeepStrictEqual(selector, labels)) {
      problem(`kubernetes.yaml, ${kind}`, `selects ${JSON.stringify(selector)} (expected: ${JSON.stringify(labels)})`);
    }
  }
  const ports = container.ports.map(port => port.name);
  const probes = ['startupProbe', 'readinessProbe', 'livenessProbe'].map(probe => container[probe].httpGet.port);
  for (const port of [...service.ports.map(each => each.targetPort), ...probes].filter(each => !ports.includes(each))) {
    problem('kubernetes.yaml, port', `${port} (expected: ${ports})`);
  }
  const preStopSeconds = container.lifecycle.preStop.sleep.seconds;
  drains('kubernetes.yaml, terminationGracePeriodSeconds without preStop', pod.terminationGracePeriodSeconds - preStopSeconds);
}

checkTemplate();
checkCliInputs();
await checkManifests();
problems.forEach(each => console.error(each));
console.log(problems.size === 0 ? `Deployment documents: as the published schemas have them, in ${Object.keys(deployments).length} ways to deploy`
  : `Deployment documents: ${problems.size} problems`);
process.exitCode = problems.size === 0 ? 0 : 1;
