// What the validators share: the templates below a folder, and the list of what a validator reports and why it stays,
// explained.tsv: TOOL, RULE, TYPE, WHY. A row that explains nothing any more is a fault as well, wherever all templates
// are looked at (--all).
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const tool = {
  'guard.mjs': 'cfn-guard',
  'include.mjs': 'cfn-include',
  'validate_templates.mjs': 'cloudformation-validate',
}[basename(process.argv[1])];
const rows = readFileSync(join(dirname(fileURLToPath(import.meta.url)), 'explained.tsv'), 'utf8')
  .split('\n')
  .filter((line) => line && !line.startsWith('#'))
  .map((line) => line.split('\t'))
  .filter(([by]) => by === tool)
  .map(([, rule, type]) => ({ rule, type, used: false }));

// Files named *.yaml or *.json that are templates, in the order of their paths.
export function templates(folder) {
  return files(folder, /\.(yaml|json)$/)
    .filter((file) => readFileSync(file, 'utf8').includes('AWSTemplateFormatVersion'));
}

// All files below a folder whose names match, in the order of their paths.
export function files(folder, name) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && name.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

// Whether every one of the types may have this finding.
export function explained(rule, types) {
  const found = types.map((type) => rows.find((row) => row.rule === rule && row.type === type));
  for (const row of found) if (row) row.used = true;
  return types.length > 0 && found.every(Boolean);
}

// Prints the sum and gives the exit status.
export function report(files, findings) {
  const stale = process.argv.includes('--all') ? rows.filter((row) => !row.used) : [];
  for (const row of stale) console.log(`explained.tsv: ${tool} ${row.rule} ${row.type} explains nothing`);
  console.log(`${files} templates, ${findings} findings that nothing explains`);
  return files === 0 || findings || stale.length ? 1 : 0;
}
