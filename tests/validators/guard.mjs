// Runs CloudFormation Guard with AWS's published rules, the proactive controls of Control Tower, over every template below a
// folder. Program and rules come with @cdklabs/cdk-validator-cfnguard.
//
//     npm ci --prefix tests/validators && node tests/validators/guard.mjs DIR [--all]
//
// One line for each finding that explained.tsv does not explain. Exit status 1 if there is one, 77 (skipped) without the
// package or on a machine that it has no program for.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { explained, files, report, templates as templatesBelow } from './explained.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const modules = process.env.HAD_VALIDATORS ?? here;
const folder = process.argv[2];
if (!folder || !existsSync(folder)) {
  console.error('usage: guard.mjs DIR [--all]');
  process.exit(2);
}
const bundled = join(modules, 'node_modules/@cdklabs/cdk-validator-cfnguard');
const system = { linux: 'ubuntu', darwin: 'macos' }[process.platform];
const program = join(bundled, 'bin', system ?? 'none', process.arch === 'arm64' ? 'aarch64' : 'x86_64', 'cfn-guard');
if (!existsSync(program)) {
  console.error(`skipped: no ${program}; run npm ci in ${modules}`);
  process.exit(77);
}
const { readYamlSync } = createRequire(import.meta.url)(
  join(modules, 'node_modules/aws-cdk-lib/cloudformation-include/lib/file-utils'));

// ---- templates, each content once, under names that do not meet ----
const scratch = mkdtempSync(join(tmpdir(), 'had-guard-'));
const rules = join(scratch, 'rules'), data = join(scratch, 'data');
mkdirSync(rules);
mkdirSync(data);
const templates = new Map(), seen = new Set(), types = new Set();
for (const file of templatesBelow(folder)) {
  const digest = createHash('sha256').update(readFileSync(file)).digest('hex');
  if (seen.has(digest)) continue;
  seen.add(digest);
  const name = `${templates.size}${file.endsWith('.json') ? '.json' : '.yaml'}`;
  copyFileSync(file, join(data, name));
  const resources = readYamlSync(file).Resources;
  templates.set(name, { file: relative(folder, file), resources });
  for (const resource of Object.values(resources)) types.add(resource.Type);
}
if (!templates.size) {
  console.error(`no templates in ${folder}`);
  process.exit(1);
}
// What every run must find, so that rules which see nothing are not taken for a good sign.
writeFileSync(join(data, 'fault.json'), JSON.stringify({
  Resources: { Fault: { Type: 'AWS::EC2::Volume', Properties: { AvailabilityZone: 'eu-west-1a', Size: 1, Encrypted: false } } },
}));
types.add('AWS::EC2::Volume');

// ---- rules about these types; the name of a rule is that of its control ----
const controls = new Map();
for (const file of files(join(bundled, 'rules/control-tower/metadata'), /\.json$/)) {
  const { Id, EvaluatedResourceTypes } = JSON.parse(readFileSync(file, 'utf8'));
  if (!EvaluatedResourceTypes.some((type) => types.has(type))) continue;
  const rule = file.replace('/metadata/', '/cfn-guard/').replace('.metadata.json', '.guard');
  if (!existsSync(rule)) continue;
  copyFileSync(rule, join(rules, basename(rule)));
  for (const [, name] of readFileSync(rule, 'utf8').matchAll(/^rule (\S+)/gm)) controls.set(name, Id);
}

const run = spawnSync(program, ['validate', '--rules', rules, '--data', data, '--structured', '--output-format', 'json',
  '--show-summary', 'none'], { encoding: 'utf8', maxBuffer: 1 << 30 });
rmSync(scratch, { recursive: true, force: true });
if (run.status !== 19 && run.status !== 0) {
  console.log(`cfn-guard: status ${run.status}\n${run.stderr}`);
  process.exit(1);
}

let findings = 0, planted = false, judged = new Set();
for (const { name, not_compliant: failed, compliant } of JSON.parse(run.stdout)) {
  const template = templates.get(basename(name));
  for (const rule of compliant) judged.add(rule);
  for (const { Rule: rule } of failed) {
    judged.add(rule.name);
    const control = controls.get(rule.name) ?? rule.name;
    if (!template) {
      planted = planted || control === 'CT.EC2.PR.7';
      continue;
    }
    const logical = [...new Set([...JSON.stringify(rule).matchAll(/\/Resources\/([A-Za-z0-9]+)/g)].map(([, id]) => id))];
    const left = logical.filter((id) => !explained(control, [template.resources[id].Type]));
    if (logical.length && !left.length) continue;
    findings++;
    console.log(`${template.file}: ${control} ${rule.name} ${left.join(' ')}`);
  }
}
if (!planted) {
  console.log('a planted fault was not found');
  process.exit(1);
}
console.log(`${controls.size} rules about these types, ${judged.size} had something to judge`);
process.exit(report(templates.size, findings));
