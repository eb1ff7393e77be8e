import { WireError, type WireErrorCode } from "./errors.ts";

/** Writes big-endian fields into a buffer that is allocated once, at its exact size. */
export class ByteWriter {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(lengthBytes: number) {
    this.bytes = new Uint8Array(lengthBytes);
    this.#view = new DataView(this.bytes.buffer);
  }

  u8(value: number): this {
    this.#view.setUint8(this.#offset, value);
    this.#offset += 1;
    return this;
  }

  u16(value: number): this {
    this.#view.setUint16(this.#offset, value);
    this.#offset += 2;
    return this;
  }

  u32(value: number): this {
    this.#view.setUint32(this.#offset, value);
    this.#offset += 4;
    return this;
  }

  /** A non-negative safe integer in eight bytes. */
  u64(value: number): this {
    this.u32(Math.floor(value / 2 ** 32));
    return this.u32(value >>> 0);
  }

  raw(bytes: Uint8Array): this {
    this.bytes.set(bytes, this.#offset);
    this.#offset += bytes.length;
    return this;
  }
}

/** Reads big-endian fields; running past the end is a {@link WireError} with the given code. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #code: WireErrorCode;
  #offset = 0;

  constructor(bytes: Uint8Array, code: WireErrorCode) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#code = code;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  #take(lengthBytes: number): number {
    if (this.remaining < lengthBytes) {
      throw new WireError(this.#code, `${lengthBytes - this.remaining} bytes are missing`);
    }
    const at = this.#offset;
    this.#offset += lengthBytes;
    return at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  u64(): number {
    const value = this.u32() * 2 ** 32 + this.u32();
    if (!Number.isSafeInteger(value)) throw new WireError(this.#code, "a number is over 2^53");
    return value;
  }

  /** A view of the next bytes, not a copy. */
  raw(lengthBytes: number): Uint8Array {
    const at = this.#take(lengthBytes);
    return this.#bytes.subarray(at, at + lengthBytes);
  }

  end(): void {
    if (this.remaining > 0) throw new WireError(this.#code, `${this.remaining} bytes too many`);
  }
}
