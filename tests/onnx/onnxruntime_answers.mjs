// node onnxruntime_answers.mjs NODE_MODULES FOLDER: for every NAME.onnx in the folder, runs ONNX Runtime (WebAssembly) on each
// sample of NAME.input (float32, shape in NAME.shape) and writes the answers of its first output to NAME.answer.
import { createRequire } from 'node:module';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [modules, folder] = process.argv.slice(2);
const ort = createRequire(join(modules, 'onnxruntime-web', 'package.json'))('onnxruntime-web');
ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

const floats = (path) => {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};

let failed = 0;
for (const file of readdirSync(folder).filter((f) => f.endsWith('.onnx')).sort()) {
  const path = join(folder, file.slice(0, -'.onnx'.length));
  try {
    const session = await ort.InferenceSession.create(readFileSync(`${path}.onnx`));
    const shape = readFileSync(`${path}.shape`, 'utf8').trim().split(',').map(Number);
    const size = shape.reduce((a, b) => a * b, 1);
    const input = floats(`${path}.input`);
    const answers = [];
    for (let at = 0; at < input.length; at += size) {
      const feed = { [session.inputNames[0]]: new ort.Tensor('float32', input.slice(at, at + size), shape) };
      const result = await session.run(feed);
      answers.push(...Array.from(result[session.outputNames[0]].data, Number));  // an index is a BigInt
    }
    writeFileSync(`${path}.answer`, Buffer.from(Float32Array.from(answers).buffer));
    await session.release();
  } catch (error) {
    failed += 1;
    console.error(`${file}: ${error.message ?? error}`);
  }
}
process.exit(failed === 0 ? 0 : 1);
