/** Mappings and readiness. */
import type { MappingOptions } from '../../../index.js';
import { fromHex, toHex } from '../hex.js';
import type { Op } from '../scenario.js';
import { attempt, type Outcome, type Session } from '../session.js';

export function mmap(session: Session, op: Op): Outcome {
  const options: MappingOptions = {
    protection: op['prot'] as MappingOptions['protection'],
    shared: op['share'] === 'shared',
    length: Number(op['len']),
    offset: Number(op['off']),
  };
  return attempt(() => session.map(String(op['h']), session.target.mmap(session.fd(op['map']), options)));
}

export function mmapRead(session: Session, op: Op): Outcome {
  const mapping = session.mapping(op['h']);
  return attempt(() => ({ out: toHex(mapping.read(Number(op['off']), Number(op['len']))) }));
}

export function mmapWrite(session: Session, op: Op): Outcome {
  const mapping = session.mapping(op['h']);
  return attempt(() => {
    mapping.write(Number(op['off']), fromHex(String(op['data'])));
    return 0;
  });
}

export function munmap(session: Session, op: Op): Outcome {
  session.mapping(op['h']).unmap();
  return { ret: 0 };
}

export function poll(session: Session, op: Op): Outcome {
  return attempt(() => {
    const { readable, writable, error } = session.target.poll(session.fd(op['map']));
    return { ret: readable || writable || error ? 1 : 0, in: readable, out_ready: writable, err: error };
  });
}
