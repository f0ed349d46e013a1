// llama.cpp behind the part of OpenAI's API that `serving` asks for: node llama-cpp.mjs MODEL.gguf [PORT] [SEQUENCES] [CONTEXT]
// npm install node-llama-cpp@3.22.1 in a folder of its own, and run it from there.
import http from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [file, port = "8090", sequences = "64", context = "512"] = process.argv.slice(2);
const entry = createRequire(`${process.cwd()}/`).resolve("node-llama-cpp");
const { getLlama, LlamaCompletion } = await import(pathToFileURL(entry));
const llama = await getLlama({ gpu: false, build: "never", maxThreads: 2 });
const model = await llama.loadModel({ modelPath: file });
const shared = await model.createContext({
  contextSize: Number(context), sequences: Number(sequences), threads: 2, batchSize: 512, flashAttention: false,
});
const free = Array.from({ length: Number(sequences) }, () => shared.getSequence());
const waiting = [];
const take = () => free.length > 0 ? Promise.resolve(free.pop()) : new Promise((resolve) => waiting.push(resolve));
const give = (sequence) => waiting.length > 0 ? waiting.shift()(sequence) : free.push(sequence);

http.createServer(async (request, response) => {
  let text = "";
  for await (const part of request) text += part;
  const asked = JSON.parse(text);
  const sequence = await take();
  try {
    await sequence.clearHistory();
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    const tokens = model.tokenize(asked.prompt);
    let drawn = 0;
    for await (const token of sequence.evaluate(tokens, {
      temperature: asked.temperature, topK: 0, topP: 1, seed: asked.seed, yieldEogToken: true,
    })) {
      response.write(`data: {"choices":[{"index":0,"text":${JSON.stringify(model.detokenize([token]))}}]}\n\n`);
      if (++drawn === asked.max_tokens || model.isEogToken(token)) break;
    }
    response.end(`data: {"choices":[],"usage":{"completion_tokens":${drawn}}}\n\ndata: [DONE]\n\n`);
  } finally {
    give(sequence);
  }
}).listen(Number(port), "127.0.0.1", () => console.log(`llama.cpp at http://127.0.0.1:${port}/v1`));
