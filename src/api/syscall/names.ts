import { OBJECT_NAME_SIZE } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';

/** An object's name: up to 15 letters, digits, `_` and `.`. What follows a NUL byte is ignored. */
export function objectName(given: string | Uint8Array, syscall: string, attribute: string): string {
  const text = typeof given === 'string' ? given : fromBytes(given, syscall, attribute);
  if (text.length >= OBJECT_NAME_SIZE) {
    throw invalid(syscall, attribute, text, `at most ${OBJECT_NAME_SIZE - 1} characters`);
  }
  if (!/^[A-Za-z0-9_.]*$/.test(text)) throw invalid(syscall, attribute, text, 'letters, digits, "_" and "." only');
  return text;
}

function fromBytes(given: Uint8Array, syscall: string, attribute: string): string {
  const bytes = given.subarray(0, OBJECT_NAME_SIZE);
  const end = bytes.indexOf(0);
  // A shorter buffer is as one that NUL bytes follow.
  if (end < 0 && given.length >= OBJECT_NAME_SIZE) {
    throw invalid(syscall, attribute, String.fromCharCode(...bytes), `a NUL byte among its ${OBJECT_NAME_SIZE}`);
  }
  return String.fromCharCode(...(end < 0 ? bytes : bytes.subarray(0, end)));
}

function invalid(syscall: string, attribute: string, text: string, expected: string): BpfError {
  return new BpfError('EINVAL', syscall, `${attribute}: ${JSON.stringify(text)}, expected ${expected}`);
}
