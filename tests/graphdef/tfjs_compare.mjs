// node tfjs_compare.mjs NODE_MODULES FOLDER: runs every NAME.json of graphdef_oracle in TensorFlow.js (its CPU backend, plain
// JavaScript) and prints the greatest difference to NAME.ours. A difference is taken
// relative to numbers above 1. Exits with 1 if one is above 1e-4 or a network doesn't run.
import { createRequire } from 'node:module';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const [modules, folder] = process.argv.slice(2);
const require = createRequire(join(modules, '@tensorflow', 'tfjs-converter', 'package.json'));
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');
const { loadGraphModelSync } = require('@tensorflow/tfjs-converter');
await tf.setBackend('cpu');

const size = (shape) => shape.reduce((a, b) => a * b, 1);

// The elements of a TensorProto in JSON: raw bytes, or a list whose last value stands for all that follow.
function values(tensor, shape) {
  const lists = { DT_FLOAT: 'floatVal', DT_INT32: 'intVal', DT_INT64: 'int64Val', DT_BOOL: 'boolVal' };
  const arrays = { DT_FLOAT: Float32Array, DT_INT32: Int32Array, DT_INT64: BigInt64Array, DT_BOOL: Uint8Array };
  if (!(tensor.dtype in lists)) throw new Error(`a constant of type ${tensor.dtype}`);
  const count = size(shape);
  if (tensor.tensorContent) {
    const raw = Uint8Array.from(Buffer.from(tensor.tensorContent, 'base64'));
    return Array.from(new arrays[tensor.dtype](raw.buffer), Number);
  }
  const list = (tensor[lists[tensor.dtype]] ?? [0]).map(Number);
  return Array.from({ length: count }, (_, i) => list[Math.min(i, list.length - 1)]);
}

// TensorFlow.js wants the constants beside the graph, in one buffer of float32 and int32. What a file that was frozen in
// training drops is switched off as its owner would: no rate of dropping, everything kept.
function load(graph) {
  const specs = [];
  const parts = [];
  graph.versions = { producer: 134, minConsumer: 12, ...graph.versions };
  const random = graph.node.some((node) => node.op === 'RandomUniform');
  for (const node of graph.node.filter((n) => n.op === 'Const')) {
    const { tensor } = node.attr.value;
    const shape = (tensor.tensorShape?.dim ?? []).map((dim) => Number(dim.size ?? 0));
    let numbers = values(tensor, shape);
    if (random && /dropout[^/]*\/(rate|keep_prob)$/.test(node.name)) numbers = [node.name.endsWith('rate') ? 0 : 1];
    const float = tensor.dtype === 'DT_FLOAT';
    specs.push({ name: node.name, shape, dtype: float ? 'float32' : 'int32' });
    parts.push(Buffer.from((float ? Float32Array : Int32Array).from(numbers).buffer));
    delete node.attr.value;
  }
  const joined = Buffer.concat(parts);
  const weightData = joined.buffer.slice(joined.byteOffset, joined.byteOffset + joined.length);
  return loadGraphModelSync({ modelTopology: graph, weightSpecs: specs, weightData, format: 'graph-model' });
}

async function greatestDifference(name) {
  const network = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
  const types = Object.fromEntries(network.graph.node.map((n) => [n.name, n.attr?.dtype?.type]));
  const raw = Uint8Array.from(readFileSync(join(folder, `${name}.ours`)));
  const ours = new Float32Array(raw.buffer);
  const model = load(network.graph);
  let at = 0;
  let worst = 0;
  for (const sample of network.samples) {
    const feed = { [network.input]: tf.tensor(sample, network.shape, types[network.input] === 'DT_INT32' ? 'int32' : 'float32') };
    for (const [key, value] of Object.entries(network.feeds))
      feed[key] = types[key] === 'DT_BOOL' ? tf.scalar(value !== 0, 'bool') : tf.scalar(value);
    const answer = await model.executeAsync(feed, network.output);
    const theirs = answer.dataSync();
    if (theirs.length * network.samples.length !== ours.length)
      throw new Error(`${theirs.length} numbers, ours are ${ours.length / network.samples.length}`);
    for (const their of theirs) {
      const difference = Math.abs(their - ours[at++]) / Math.max(1, Math.abs(their));
      worst = difference <= worst ? worst : difference; // NaN stays
    }
  }
  return { worst, numbers: ours.length };
}

console.warn = () => {}; // its advice to call execute() where no control flow is
let failed = 0;
const names = readdirSync(folder).filter((f) => f.endsWith('.json')).map((f) => f.slice(0, -'.json'.length));
for (const name of names.sort()) {
  try {
    const { worst, numbers } = await greatestDifference(name);
    const right = worst <= 1e-4;
    failed += right ? 0 : 1;
    console.log(`${name.padEnd(20)} ${String(numbers).padStart(5)} numbers, greatest difference ${worst.toExponential(2)}${right ? '' : '  ABOVE 1e-4'}`);
  } catch (error) {
    failed += 1;
    console.log(`${name.padEnd(20)} TensorFlow.js doesn't run it: ${error.message ?? error}`);
  }
}
console.log(`${names.length} networks, ${failed} differ`);
process.exit(failed === 0 && names.length > 0 ? 0 : 1);
