/** Ranges of shifts by a known count below the width. */
import type { Register } from '../register.js';
import { boundsFromBits, lowerS32, lowerU32, raiseS32, raiseU32 } from './bounds.js';
import { lessUnsigned, MAX32, MIN32, sarHi, sarLo, shlHi, shlLo, shrHi, shrLo } from './int64.js';
import { tnumSar, tnumSar32, tnumShl, tnumShr } from './tnum.js';

function bounds32FromBits(d: Register): void {
  raiseS32(d, d.valueLo | (d.maskLo & MIN32));
  lowerS32(d, d.valueLo | (d.maskLo & MAX32));
  raiseU32(d, d.valueLo);
  lowerU32(d, d.valueLo | d.maskLo);
}

function dropUpperBits(d: Register): void {
  d.valueHi = 0;
  d.maskHi = 0;
}

function shiftLeftRange32(d: Register, count: number): void {
  d.s32min = MIN32;
  d.s32max = MAX32;
  if (count > 31 || d.u32max >>> 0 > 2 ** (31 - count)) {
    d.u32min = 0;
    d.u32max = -1;
  } else {
    d.u32min <<= count;
    d.u32max <<= count;
  }
}

export function shiftLeft32(d: Register, count: number): void {
  shiftLeftRange32(d, count);
  dropUpperBits(d);
  tnumShl(d, d, count);
  dropUpperBits(d);
  d.setUnbounded64();
  bounds32FromBits(d);
}

export function shiftLeft64(d: Register, count: number): void {
  // `<<= 32` before `s>>= 32` is how compilers extend a sign: the 32-bit range becomes the upper half's.
  const extend = count === 32;
  d.sminLo = 0;
  d.sminHi = extend ? d.s32min : MIN32;
  d.smaxLo = extend ? 0 : -1;
  d.smaxHi = extend ? d.s32max : MAX32;
  const limit = 63 - count;
  if (lessUnsigned(shlLo(1, limit), shlHi(1, 0, limit), d.umaxLo, d.umaxHi)) {
    d.uminLo = d.uminHi = 0;
    d.umaxLo = d.umaxHi = -1;
  } else {
    d.uminHi = shlHi(d.uminLo, d.uminHi, count);
    d.uminLo = shlLo(d.uminLo, count);
    d.umaxHi = shlHi(d.umaxLo, d.umaxHi, count);
    d.umaxLo = shlLo(d.umaxLo, count);
  }
  shiftLeftRange32(d, count);
  tnumShl(d, d, count);
  boundsFromBits(d);
}

export function shiftRight32(d: Register, count: number): void {
  d.s32min = MIN32;
  d.s32max = MAX32;
  dropUpperBits(d);
  tnumShr(d, d, count);
  d.u32min = (d.u32min >>> count) | 0;
  d.u32max = (d.u32max >>> count) | 0;
  d.setUnbounded64();
  bounds32FromBits(d);
}

export function shiftRight64(d: Register, count: number): void {
  d.sminLo = 0;
  d.sminHi = MIN32;
  d.smaxLo = -1;
  d.smaxHi = MAX32;
  tnumShr(d, d, count);
  d.uminLo = shrLo(d.uminLo, d.uminHi, count);
  d.uminHi = shrHi(d.uminHi, count);
  d.umaxLo = shrLo(d.umaxLo, d.umaxHi, count);
  d.umaxHi = shrHi(d.umaxHi, count);
  d.setUnbounded32();
  boundsFromBits(d);
}

export function shiftRightSigned32(d: Register, count: number): void {
  d.s32min >>= count;
  d.s32max >>= count;
  tnumSar32(d, d, count);
  d.u32min = 0;
  d.u32max = -1;
  d.setUnbounded64();
  bounds32FromBits(d);
}

export function shiftRightSigned64(d: Register, count: number): void {
  d.sminLo = sarLo(d.sminLo, d.sminHi, count);
  d.sminHi = sarHi(d.sminHi, count);
  d.smaxLo = sarLo(d.smaxLo, d.smaxHi, count);
  d.smaxHi = sarHi(d.smaxHi, count);
  tnumSar(d, d, count);
  d.uminLo = d.uminHi = 0;
  d.umaxLo = d.umaxHi = -1;
  d.setUnbounded32();
  boundsFromBits(d);
}
