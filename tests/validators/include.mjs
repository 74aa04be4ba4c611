// Reads every template below a folder with the AWS CDK's CfnInclude, which makes a typed object of each resource,
// and writes it again: what comes out must say what went in. Two folders that differ prove that it can tell.
//
//     npm ci --prefix tests/validators && node tests/validators/include.mjs DIR
//
// One line for each template that is refused or changed. Exit status 1 if there is one, 77 (skipped) without the package.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const modules = process.env.HAD_VALIDATORS ?? here;
const folder = process.argv[2];
if (!folder || !existsSync(folder)) {
  console.error('usage: include.mjs DIR');
  process.exit(2);
}
const require = createRequire(import.meta.url);
const library = join(modules, 'node_modules/aws-cdk-lib');
if (!existsSync(library)) {
  console.error(`skipped: no ${library}; run npm ci in ${modules}`);
  process.exit(77);
}
process.env.CDK_VALIDATION = 'false'; // that is validate_templates.mjs
const { App, LegacyStackSynthesizer, Stack } = require(library);
const { CfnInclude } = require(join(library, 'cloudformation-include'));
const { readYamlSync } = require(join(library, 'cloudformation-include/lib/file-utils'));
const { explained, report, templates } = await import('./explained.mjs');


// Where one value is another. A number as text is one to CloudFormation, and so is a list of one; the CDK sorts tags.
const sorted = (tags) => [...tags].sort((a, b) => (a.Key < b.Key ? -1 : 1));
function differs(a, b, path) {
  if (path.endsWith('Tags') && Array.isArray(a) && Array.isArray(b)) [a, b] = [sorted(a), sorted(b)];
  if (a && b && typeof a === 'object' && typeof b === 'object') {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    for (const key of keys) {
      const found = differs(a[key], b[key], `${path}/${key}`);
      if (found) return found;
    }
    return Array.isArray(a) === Array.isArray(b) ? null : path;
  }
  if (path.endsWith('/DependsOn') && JSON.stringify([a].flat()) === JSON.stringify([b].flat())) return null;
  return a === b || String(a) === String(b) ? null : `${path}: ${JSON.stringify(a)} became ${JSON.stringify(b)}`;
}

function include(template, file) {
  const scratch = mkdtempSync(join(tmpdir(), 'had-include-'));
  try {
    const app = new App({ analyticsReporting: false, outdir: join(scratch, 'out') });
    const stack = new Stack(app, 'Included', { synthesizer: new LegacyStackSynthesizer() });
    if (template) writeFileSync(file = join(scratch, 'template.json'), JSON.stringify(template));
    new CfnInclude(stack, 'Template', { templateFile: file });
    return differs(template ?? readYamlSync(file), app.synth().getStackByName('Included').template, '');
  } catch (error) {
    return error.message.replace(/\s+/g, ' ');
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

// A property that the CDK's class takes only as a text, as the list explains: everything else of the template is
// looked at with the text in its place.
function check(file) {
  const found = include(undefined, file);
  if (!found) return null;
  const template = readYamlSync(file);
  let changed = false;
  for (const resource of Object.values(template.Resources ?? {}))
    for (const property of Object.keys(resource.Properties ?? {}))
      if (typeof resource.Properties[property] === 'object' && explained(property, [resource.Type])) {
        resource.Properties[property] = JSON.stringify(resource.Properties[property]);
        changed = true;
      }
  return changed ? include(template, file) : found;
}

// What it must refuse, so that a check that sees nothing is not taken for a good sign.
const fault = join(mkdtempSync(join(tmpdir(), 'had-include-')), 'fault.json');
writeFileSync(fault, JSON.stringify({ Resources: { A: { Type: 'AWS::EC2::Subnet', Properties: { CidrBlock: ['x'] } } } }));
if (!check(fault)) {
  console.log('a planted fault was not found');
  process.exit(1);
}
rmSync(dirname(fault), { recursive: true });

let files = 0, findings = 0;
for (const file of templates(folder)) {
  // Version 2.276.0 of the CDK knows the function in what it writes, not in what it reads.
  if (readFileSync(file, 'utf8').includes('Fn::GetStackOutput')) continue;
  files++;
  const found = check(file);
  if (!found) continue;
  findings++;
  console.log(`${relative(folder, file)}: ${found}`);
}
process.exit(report(files, findings));
