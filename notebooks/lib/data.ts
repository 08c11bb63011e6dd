import { type FashionMnist, loadFashionMnist } from "../../data/fashion_mnist.ts";

let data: Promise<FashionMnist> | undefined;

/** Fashion-MNIST, read once for all cells of a notebook. */
export function fashionMnist(): Promise<FashionMnist> {
  return data ??= loadFashionMnist();
}
