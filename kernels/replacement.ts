/**
 * How our kernels take the place of TensorFlow.js's and give it back.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { WasmKernels } from "./wasm.ts";

/** The arguments of a call. */
export interface KernelCall<Inputs, Attributes> {
  inputs: Inputs;
  attrs: Attributes;
  kernels: WasmKernels;
}

/** A kernel of ours under TensorFlow.js's name. */
export interface Replacement {
  kernelName: string;
  /** Computes the result, or gives undefined for a case that it does not serve. */
  run(call: KernelCall<unknown, unknown>): tf.TensorInfo | tf.TensorInfo[] | undefined;
}

/** Declares a replacement with the types of its inputs and attributes. */
export function replacement<Inputs, Attributes = undefined>(
  kernelName: string,
  run: (call: KernelCall<Inputs, Attributes>) => tf.TensorInfo | tf.TensorInfo[] | undefined,
): Replacement {
  return { kernelName, run: run as Replacement["run"] };
}

const BACKEND = "wasm";
/** What stood under each name before; undefined where nothing did. */
const stock = new Map<string, tf.KernelConfig | undefined>();

/** Puts a replacement in its place; what stood there serves the cases that it does not. */
export function install({ kernelName, run }: Replacement): void {
  if (stock.has(kernelName)) return;
  const before = tf.getKernel(kernelName, BACKEND);
  stock.set(kernelName, before);
  if (before) tf.unregisterKernel(kernelName, BACKEND);
  tf.registerKernel({
    kernelName,
    backendName: BACKEND,
    setupFunc: before?.setupFunc,
    kernelFunc: (call) => {
      const { inputs, attrs, backend } = call;
      const kernels = WasmKernels.on(backend);
      const result = kernels.attempt(() => run({ inputs, attrs, kernels }));
      if (result) return result;
      if (before) return before.kernelFunc(call);
      throw new Error(`Kernel ${kernelName} does not serve this case on the WASM backend.`);
    },
  });
}

/** Puts back what stood there before. */
export function uninstall({ kernelName }: Replacement): void {
  if (!stock.has(kernelName)) return;
  const before = stock.get(kernelName);
  stock.delete(kernelName);
  tf.unregisterKernel(kernelName, BACKEND);
  if (before) tf.registerKernel(before);
}

/** Whether TensorFlow.js records operations for a gradient: on the way back, for one of higher order. */
export function isRecording(): boolean {
  return tf.engine().state.gradientDepth > 0;
}

/** Whether every tensor holds float32. */
export function areFloat32(...tensors: (tf.TensorInfo | undefined)[]): boolean {
  return tensors.every((tensor) => tensor === undefined || tensor.dtype === "float32");
}

/** A tensor's values as float32, for types that the kernels do not serve themselves. */
export function asFloat32(tensor: tf.TensorInfo): tf.Tensor {
  return tf.cast(tensor as tf.Tensor, "float32");
}
