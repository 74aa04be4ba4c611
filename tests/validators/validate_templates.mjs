// Validates every template below a folder with AWS's validator, which is bundled with aws-cdk-lib.
//
//     npm ci --prefix tests/validators && node tests/validators/validate_templates.mjs DIR [--region R] [--all]
//
// One line for each finding of severity WARN or above that explained.tsv does not explain. What is below only informs: it
// says of every create-only property that it is one, and of every template that it could carry a description of itself.
// Exit status 1 if there is one, 77 (skipped) without the package.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { explained, report as finish, templates } from './explained.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const modules = process.env.HAD_VALIDATORS ?? here;
const args = process.argv.slice(2);
const folder = args.find((arg) => !arg.startsWith('--'));
const regionAt = args.indexOf('--region');
const region = regionAt < 0 ? 'eu-west-1' : args[regionAt + 1];
if (!folder || !existsSync(folder)) {
  console.error('usage: validate_templates.mjs DIR [--region R] [--all]');
  process.exit(2);
}
const bundled = join(modules, 'node_modules/aws-cdk-lib/node_modules/@aws/cloudformation-validate');
if (!existsSync(bundled)) {
  console.error(`skipped: no ${bundled}; run npm ci in ${modules}`);
  process.exit(77);
}
const { CompositeEngine, TemplateFile } = createRequire(import.meta.url)(bundled);

const engine = new CompositeEngine();
let files = 0, findings = 0;
for (const file of templates(folder)) {
  files++;
  const report = engine.validateTemplate(new TemplateFile(file), {
    detailLevel: 'STANDARD',
    severityLevel: 'WARN',
    pseudoParameterOverrides: { region },
  });
  for (const d of report.diagnostics ?? []) {
    if (explained(d.ruleId, [d.entity?.resourceType])) continue;
    findings++;
    console.log(`${relative(folder, file)}:${d.startLine ?? 1}: ${d.severity} ${d.ruleId} ${d.message}`);
  }
}
engine.free();
process.exit(finish(files, findings));
