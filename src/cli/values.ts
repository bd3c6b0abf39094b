/** Values of maps as JSON: what a person writes into a file, and what a codec takes. */
import { hexBytes } from './input.js';
import { UsageError } from './output/errors.js';

/**
 * `json` in the shape of `example`, a value that the map's codec gave. Integers of 64 bits may be written as numbers
 * or as text, bytes as hexadecimal text or as a list; fields may be left out. Throws UsageError, naming the place.
 */
export function shapedLike(example: unknown, json: unknown, place: string): unknown {
  if (typeof example === 'bigint') return bigintOf(json, place);
  if (typeof example === 'number') return numberOf(json, place);
  if (typeof example === 'boolean' || typeof example === 'string') return sameType(example, json, place);
  if (example instanceof Uint8Array) return bytesOf(json, place);
  if (Array.isArray(example)) return listOf(example, json, place);
  if (typeof example === 'object' && example !== null) return recordOf(example, json, place);
  throw new UsageError(`${place}: values of this map cannot be written as JSON`);
}

function bigintOf(json: unknown, place: string): bigint {
  if (typeof json === 'number' && Number.isSafeInteger(json)) return BigInt(json);
  if (typeof json === 'string' && /^-?(\d+|0x[0-9a-f]+)$/i.test(json)) {
    return json.startsWith('-') ? -BigInt(json.slice(1)) : BigInt(json);
  }
  throw wrong(place, json, 'an integer, as text beyond 2^53');
}

function numberOf(json: unknown, place: string): number {
  const value = typeof json === 'string' && json.trim() !== '' ? Number(json) : json;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw wrong(place, json, 'a number');
}

function sameType<T>(example: T, json: unknown, place: string): T {
  if (typeof json === typeof example) return json as T;
  throw wrong(place, json, `a ${typeof example}`);
}

function bytesOf(json: unknown, place: string): Uint8Array {
  if (typeof json === 'string') return hexBytes(place, json);
  if (Array.isArray(json) && json.every((byte) => Number.isInteger(byte) && byte >= 0 && byte < 256)) {
    return Uint8Array.from(json as number[]);
  }
  throw wrong(place, json, 'bytes: hexadecimal text, or a list of numbers below 256');
}

function listOf(example: readonly unknown[], json: unknown, place: string): unknown[] {
  if (!Array.isArray(json) || json.length !== example.length) throw wrong(place, json, `a list of ${example.length}`);
  return example.map((each, index) => shapedLike(each, json[index], `${place}[${index}]`));
}

function recordOf(example: object, json: unknown, place: string): object {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw wrong(place, json, `an object with ${Object.keys(example).join(', ')}`);
  }
  const given = json as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(example, name));
  if (unknown !== undefined)
    throw new UsageError(`${place}: unknown field ${unknown}, expected ${Object.keys(example).join(', ')}`);
  // A codec takes fields that are left out for zero; naming them would write every member of a union.
  return Object.fromEntries(
    Object.entries(example)
      .filter(([name]) => Object.hasOwn(given, name))
      .map(([name, each]) => [name, shapedLike(each, given[name], `${place}.${name}`)]),
  );
}

function wrong(place: string, json: unknown, expected: string): UsageError {
  return new UsageError(`${place}: given ${JSON.stringify(json)}, expected ${expected}`);
}

/** A value as short text for a table. */
export function valueText(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([name, each]) => `${name}: ${valueText(each)}`)
      .join(', ')} }`;
  }
  return String(value);
}
