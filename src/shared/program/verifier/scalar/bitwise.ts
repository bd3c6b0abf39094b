/** Ranges of and, or, xor. The result's known bits are in `d` already; its ranges are still the old ones. */
import type { Register } from '../register.js';
import { boundsFromBits } from './bounds.js';
import { lessSigned, lessUnsigned, MAX32, MIN32 } from './int64.js';

function signedFromUnsigned32(d: Register): void {
  const whole = d.u32min <= d.u32max;
  d.s32min = whole ? d.u32min : MIN32;
  d.s32max = whole ? d.u32max : MAX32;
}

function signedFromUnsigned64(d: Register): void {
  const whole = !lessSigned(d.umaxLo, d.umaxHi, d.uminLo, d.uminHi);
  d.sminLo = whole ? d.uminLo : 0;
  d.sminHi = whole ? d.uminHi : MIN32;
  d.smaxLo = whole ? d.umaxLo : -1;
  d.smaxHi = whole ? d.umaxHi : MAX32;
}

function known32(d: Register): void {
  d.s32min = d.s32max = d.u32min = d.u32max = d.valueLo;
}

function unsignedMax64FromBits(d: Register): void {
  d.umaxLo = d.valueLo | d.maskLo;
  d.umaxHi = d.valueHi | d.maskHi;
}

function unsignedMin64FromBits(d: Register): void {
  d.uminLo = d.valueLo;
  d.uminHi = d.valueHi;
}

/** `known32`/`known64`: both operands were constants at that width. */
export function andRanges(d: Register, s: Register, known32Bits: boolean, known64Bits: boolean): void {
  if (known32Bits) {
    known32(d);
  } else {
    d.u32min = d.valueLo;
    if (s.u32max >>> 0 < d.u32max >>> 0) d.u32max = s.u32max;
    signedFromUnsigned32(d);
  }
  if (known64Bits) {
    d.setConstantBounds(d.valueLo, d.valueHi);
    return;
  }
  unsignedMin64FromBits(d);
  if (lessUnsigned(s.umaxLo, s.umaxHi, d.umaxLo, d.umaxHi)) {
    d.umaxLo = s.umaxLo;
    d.umaxHi = s.umaxHi;
  }
  signedFromUnsigned64(d);
  boundsFromBits(d);
}

export function orRanges(d: Register, s: Register, known32Bits: boolean, known64Bits: boolean): void {
  if (known32Bits) {
    known32(d);
  } else {
    if (d.u32min >>> 0 < s.u32min >>> 0) d.u32min = s.u32min;
    d.u32max = d.valueLo | d.maskLo;
    signedFromUnsigned32(d);
  }
  if (known64Bits) {
    d.setConstantBounds(d.valueLo, d.valueHi);
    return;
  }
  if (lessUnsigned(d.uminLo, d.uminHi, s.uminLo, s.uminHi)) {
    d.uminLo = s.uminLo;
    d.uminHi = s.uminHi;
  }
  unsignedMax64FromBits(d);
  signedFromUnsigned64(d);
  boundsFromBits(d);
}

export function xorRanges(d: Register, known32Bits: boolean, known64Bits: boolean): void {
  if (known32Bits) {
    known32(d);
  } else {
    d.u32min = d.valueLo;
    d.u32max = d.valueLo | d.maskLo;
    signedFromUnsigned32(d);
  }
  if (known64Bits) {
    d.setConstantBounds(d.valueLo, d.valueHi);
    return;
  }
  unsignedMin64FromBits(d);
  unsignedMax64FromBits(d);
  signedFromUnsigned64(d);
  boundsFromBits(d);
}
