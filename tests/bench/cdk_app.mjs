// The resources of make_spec.py's N workload accounts as an app of the CDK, for scale.sh:
//
//     node tests/bench/cdk_app.mjs N OUT [MODULES]
//
// The same types as often, in stacks cut as had cuts them: two for each account, and those of the network
// account with at most ACCOUNTS_IN_STACK accounts each, since a template holds 500 resources. Only what
// differs by account is here; what is made once for a hub is its transit gateway and route tables. It is the
// synthesis that `cdk synth` runs, its validation included, without the command line.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [count, out, modules] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(modules ?? join(here, '../validators'), 'package.json'));
const { App, Stack, CfnOutput, CfnParameter } = require('aws-cdk-lib');
const ec2 = require('aws-cdk-lib/aws-ec2');
const resolver = require('aws-cdk-lib/aws-route53resolver');

const PER_HUB = 500, ACCOUNTS_IN_STACK = 100, REGION = 'eu-west-1', NETWORK = '222222222222';
const RANGES = ['10.0.0.0/8', '100.64.0.0/10', '192.168.0.0/16'];
const app = new App({ outdir: out, analyticsReporting: false });

function text(stack, name) {
  return new CfnParameter(stack, name, { type: 'String' }).valueAsString;
}

function tags(name) {
  return [{ key: 'Name', value: name }, { key: 'owner', value: 'team@example.com' }];
}

function workload(i) {
  const account = String(400000000000 + i), name = `w${String(i).padStart(5, '0')}`;
  const base = ((10 << 24) | (32 << 16)) + i * 1024;
  const at = offset => [24, 16, 8, 0].map(s => ((base + offset) >>> s) & 255).join('.');
  const env = { account, region: REGION };
  const network = new Stack(app, `${name}-network`, { env });
  const routing = new Stack(app, `${name}-routing`, { env });
  const vpc = new ec2.CfnVPC(network, 'Vpc', {
    cidrBlock: `${at(0)}/22`, enableDnsHostnames: true, enableDnsSupport: true, tags: tags(`${name}-main`),
  });
  const gateway = text(routing, 'Gateway');
  const subnets = ['a', 'b'].map((zone, z) => {
    const subnet = new ec2.CfnSubnet(network, `App${zone}`, {
      vpcId: vpc.ref, cidrBlock: `${at(256 * z)}/24`, availabilityZone: REGION + zone,
      tags: tags(`${name}-main-app-${zone}`),
    });
    const table = new ec2.CfnRouteTable(network, `Table${zone}`, {
      vpcId: vpc.ref, tags: tags(`${name}-main-app-${zone}-table`),
    });
    new ec2.CfnSubnetRouteTableAssociation(network, `Association${zone}`, {
      subnetId: subnet.ref, routeTableId: table.ref,
    });
    RANGES.forEach((range, r) => new ec2.CfnRoute(routing, `Route${zone}${r}`, {
      routeTableId: table.ref, destinationCidrBlock: range, transitGatewayId: gateway,
    }));
    return subnet.ref;
  });
  const attachment = new ec2.CfnTransitGatewayAttachment(network, 'Attachment', {
    transitGatewayId: text(network, 'Gateway'), vpcId: vpc.ref, subnetIds: subnets,
    tags: tags(`${name}-main-attachment`),
  });
  new CfnOutput(network, 'AttachmentId', { value: attachment.ref });
  ['aws', 'corp'].forEach(rule => new resolver.CfnResolverRuleAssociation(routing, `Rule${rule}`, {
    resolverRuleId: text(routing, `Rule${rule}Id`), vpcId: vpc.ref,
  }));
}

function hub(h) {
  const stack = new Stack(app, `hub-${h}`, { env: { account: NETWORK, region: REGION } });
  const gateway = new ec2.CfnTransitGateway(stack, 'Gateway', { amazonSideAsn: 64520 + h, tags: tags(`core-${h}`) });
  return ['OnPremises', 'Shared', 'Workloads'].map(name => new ec2.CfnTransitGatewayRouteTable(stack, name, {
    transitGatewayId: gateway.ref, tags: tags(`core-${h}-${name}`),
  }).ref);
}

const n = Number(count), hubs = Math.max(1, Math.ceil(n / PER_HUB));
const tables = Array.from({ length: hubs }, (_, h) => hub(h));
let shared = null;
for (let i = 0; i < n; i++) {
  workload(i);
  if (i % ACCOUNTS_IN_STACK === 0)
    shared = new Stack(app, `routing-${i / ACCOUNTS_IN_STACK}`, { env: { account: NETWORK, region: REGION } });
  const [onPremises, sharedTable, workloads] = tables[i % hubs];
  const attachment = text(shared, `Attachment${i}`);
  new ec2.CfnTransitGatewayRouteTableAssociation(shared, `Association${i}`, {
    transitGatewayAttachmentId: attachment, transitGatewayRouteTableId: workloads,
  });
  [onPremises, sharedTable].forEach((table, t) => new ec2.CfnTransitGatewayRouteTablePropagation(
    shared, `Propagation${i}${t}`, { transitGatewayAttachmentId: attachment, transitGatewayRouteTableId: table }));
}
app.synth();
