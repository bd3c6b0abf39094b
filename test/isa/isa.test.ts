/** Conformance with RFC 9669: every instruction × operand form × boundary values, for each engine. */
import { describe } from 'node:test';
import { compiledEngine } from './compiled.js';
import { interpretedEngine } from './interpreted.js';
import { arithmeticSuite } from './suite/arithmetic.js';
import { atomicSuite } from './suite/atomics.js';
import { callSuite } from './suite/calls.js';
import { jumpSuite } from './suite/jumps.js';
import { memorySuite } from './suite/memory.js';

for (const engine of [compiledEngine(), interpretedEngine()]) {
  describe(`instruction set, ${engine.name}`, () => {
    arithmeticSuite(engine);
    jumpSuite(engine);
    memorySuite(engine);
    atomicSuite(engine);
    callSuite(engine);
  });
}
