/**
 * Our WebAssembly module on the memory of TensorFlow.js's WASM backend: tensors are passed by address,
 * and nothing is copied.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { moduleFor } from "./module.ts";

/** What kernels/src exports; addresses and strides are in bytes, shapes in values. */
interface Exports {
  // deno-fmt-ignore
  matMul(
    count: number, M: number, N: number, K: number,
    a: number, aStep: number, aRow: number, aColumn: number,
    b: number, bStep: number, bRow: number, bColumn: number,
    c: number, bias: number, relu: boolean, scratch: number,
  ): void;
  matMulScratch(M: number, K: number): number;

  // deno-fmt-ignore
  setConvolution(
    N: number, H: number, W: number, C: number, O: number, KH: number, KW: number,
    P: number, Q: number, strideHeight: number, strideWidth: number,
    dilationHeight: number, dilationWidth: number, top: number, left: number,
  ): void;
  convolutionScratch(): number;
  // deno-fmt-ignore
  conv2d(x: number, w: number, y: number, bias: number, relu: boolean, scratch: number): void;
  conv2dBackpropFilter(x: number, dy: number, dw: number, scratch: number): void;
  conv2dBackpropInput(dy: number, w: number, dx: number, scratch: number): void;

  // deno-fmt-ignore
  maxPoolGrad(
    dy: number, x: number, y: number, dx: number,
    N: number, H: number, W: number, C: number, KH: number, KW: number, P: number, Q: number,
    strideHeight: number, strideWidth: number, dilationHeight: number, dilationWidth: number,
    top: number, left: number,
  ): void;

  relu(n: number, x: number, y: number): void;
  reluGrad(n: number, dy: number, x: number, dx: number): void;
  sumRows(A: number, R: number, C: number, x: number, y: number, factor: number): void;

  channelSumsScratch(C: number): number;
  channelSums(R: number, C: number, x: number, sums: number): void;

  batchNormScratch(C: number): number;
  // deno-fmt-ignore
  batchNormTraining(
    m: number, C: number, x: number, gamma: number, beta: number, epsilon: number,
    y: number, mean: number, variance: number, pivot: number, remainder: number, inverse: number,
    scratch: number,
  ): void;
  // deno-fmt-ignore
  batchNormTrainingGrad(
    m: number, C: number, dy: number, dMean: number, dVariance: number,
    x: number, gamma: number, pivot: number, remainder: number, inverse: number,
    dx: number, dGamma: number, dBeta: number, scratch: number,
  ): void;
  // deno-fmt-ignore
  batchNormPrediction(
    m: number, C: number, x: number, mean: number, variance: number, gamma: number, beta: number,
    epsilon: number, y: number, scratch: number,
  ): void;
}

/** The parts of TensorFlow.js's WASM backend that are used here. */
interface WasmBackend extends tf.KernelBackend {
  wasm: {
    /** Its memory, where threads share it; else that is among the module's exports. */
    wasmMemory?: WebAssembly.Memory;
    asm: { memory: WebAssembly.Memory };
    _malloc(bytes: number): number;
    _free(address: number): void;
  };
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  incRef(dataId: tf.DataId): void;
  dataIdMap: { get(dataId: tf.DataId): { memoryOffset: number } };
}

/** The module bound to one backend's memory, with what a kernel does around its call. */
export class WasmKernels {
  /** The functions of kernels/src. */
  readonly run: Exports;
  readonly #backend: WasmBackend;
  readonly #memory: WebAssembly.Memory;

  private constructor(backend: WasmBackend) {
    this.#backend = backend;
    this.#memory = backend.wasm.wasmMemory ?? backend.wasm.asm.memory;
    // Not by instanceof: where there is no shared memory, its class is not defined.
    const shared = !(this.#memory.buffer instanceof ArrayBuffer);
    const instance = new WebAssembly.Instance(moduleFor(shared), { env: { memory: this.#memory } });
    this.run = instance.exports as unknown as Exports;
  }

  static readonly #instances = new WeakMap<WasmBackend, WasmKernels>();

  /** The one instance on a backend's memory. */
  static on(backend: unknown): WasmKernels {
    const wasm = backend as WasmBackend;
    let kernels = WasmKernels.#instances.get(wasm);
    if (!kernels) WasmKernels.#instances.set(wasm, kernels = new WasmKernels(wasm));
    return kernels;
  }

  /** Address of a tensor's first value; a function that may be passed on. */
  readonly address = ({ dataId }: tf.TensorInfo): number => {
    return this.#backend.dataIdMap.get(dataId).memoryOffset;
  };

  /** All of the memory; another object once it has grown. */
  get memory(): ArrayBufferLike {
    return this.#memory.buffer;
  }

  /** The outputs of the kernel that is running. */
  #outputs: tf.TensorInfo[] = [];

  /** Runs a kernel; should it fail, its outputs are given back. */
  attempt<Result>(run: () => Result): Result {
    const outer = this.#outputs;
    this.#outputs = [];
    try {
      return run();
    } catch (error) {
      for (const { dataId } of this.#outputs) this.#backend.disposeData(dataId);
      throw error;
    } finally {
      this.#outputs = outer;
    }
  }

  /** A float32 tensor whose values are still to be written, all of them. */
  output(shape: number[]): tf.TensorInfo {
    const output = this.#backend.makeOutput(shape, "float32");
    this.#outputs.push(output);
    const bytes = 4 * shape.reduce((size, length) => size * length, 1);
    // TensorFlow.js does not look: its own kernels would write over whatever lies at address 0.
    if (bytes > 0 && this.address(output) === 0) throw memoryIsFull(bytes);
    return output;
  }

  /** A second name for a tensor's values. */
  share({ dataId, shape, dtype }: tf.TensorInfo): tf.TensorInfo {
    this.#backend.incRef(dataId);
    return { dataId, shape, dtype };
  }

  /**
   * Lends memory for the time of one call. Taking it may grow the memory, which moves nothing:
   * addresses stay what they are.
   */
  withScratch(bytes: number, use: (address: number) => void): void {
    const address = this.#backend.wasm._malloc(bytes);
    if (address === 0) throw memoryIsFull(bytes);
    try {
      use(address);
    } finally {
      this.#backend.wasm._free(address);
    }
  }
}

function memoryIsFull(bytes: number): RangeError {
  return new RangeError(`Cannot get ${bytes} bytes of WebAssembly memory: use a smaller batch.`);
}
