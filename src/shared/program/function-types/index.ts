/** The functions of a program by its BTF, in the verifier's terms: what a caller gives, and a global function takes. */
import { type Btf, type BtfFunction, Linkage, resolvedType, sizeOf, typeOf } from '../../object/btf/index.js';
import type { ErrnoName } from '../../errno.js';
import type { FunctionInfo, FunctionType } from '../verifier/types.js';
import { isContext, taggedContextProblem } from './context.js';
import { type Tag, tagsOf } from './tags.js';

const MAX_PARAMETERS = 5;

/** Why a function cannot be global: what the kernel says, and its errno. */
class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ErrnoName;

  constructor(message: string, code: ErrnoName = 'EINVAL') {
    super(message);
    this.code = code;
  }
}

/** The function whose type has `id`; one that is no function is known by its id only. */
export function functionInfo(btf: Btf, slot: number, id: number, programType: number): FunctionInfo {
  const type = btf.types[id];
  const prototype = type?.kind === 'func' ? typeOf(btf, type.type) : undefined;
  if (type?.kind !== 'func' || prototype?.kind !== 'func_proto') {
    return { slot, name: '', linkage: 'static', parameters: [], returns: { kind: 'void' }, wrongType: id };
  }
  const head = {
    slot,
    name: type.name,
    linkage: type.linkage === Linkage.GLOBAL ? 'global' : 'static',
    returns: returnType(btf, prototype.type),
  } as const;
  try {
    return { ...head, parameters: parametersOf(btf, id, type, prototype, programType) };
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    return { ...head, parameters: [], problem: { code: problem.code, message: problem.message } };
  }
}

function returnType(btf: Btf, id: number): FunctionType {
  const type = resolvedType(btf, id);
  if (type.kind === 'void') return { kind: 'void' };
  if (type.kind === 'int' || type.kind === 'enum' || type.kind === 'enum64') return { kind: 'scalar' };
  return { kind: 'other', name: type.kind };
}

interface Prototype {
  readonly type: number;
  readonly parameters: readonly { readonly name: string; readonly type: number }[];
}

function parametersOf(
  btf: Btf,
  id: number,
  { name }: BtfFunction,
  prototype: Prototype,
  programType: number,
): FunctionType[] {
  const { parameters } = prototype;
  if (parameters.length > MAX_PARAMETERS) {
    const counts = `${parameters.length} > ${MAX_PARAMETERS}`;
    throw new Problem(`Global function ${name}() with ${counts} args. Buggy compiler.`);
  }
  if (returnType(btf, prototype.type).kind !== 'scalar') {
    throw new Problem(`Global function ${name}() doesn't return scalar. Only those are supported.`);
  }
  return parameters.map((parameter, index) => {
    const { tags, unknown } = tagsOf(btf, id, index);
    if (unknown) throw new Problem(`arg#${index} has unsupported set of tags`, 'EOPNOTSUPP');
    return parameterType(btf, parameter.type, { name, index, tags, programType });
  });
}

interface Place {
  readonly name: string;
  readonly index: number;
  readonly tags: ReadonlySet<Tag>;
  readonly programType: number;
}

function parameterType(btf: Btf, id: number, place: Place): FunctionType {
  const { name, index, tags } = place;
  const type = resolvedType(btf, id);
  if (type.kind === 'ptr') return pointerType(btf, type.type, place);
  if (tags.size > 0) throw new Problem(`arg#${index} has pointer tag, but is not a pointer type`);
  if (type.kind === 'int' || type.kind === 'enum' || type.kind === 'enum64') return { kind: 'scalar' };
  throw new Problem(`Arg#${index} type ${type.kind.toUpperCase()} in ${name}() is not supported yet.`);
}

function only(place: Place, ...allowed: readonly Tag[]): void {
  if ([...place.tags].every((tag) => allowed.includes(tag))) return;
  throw new Problem(`arg#${place.index} has invalid combination of tags`);
}

function pointerType(btf: Btf, target: number, place: Place): FunctionType {
  const { index, tags, programType } = place;
  if (tags.has('ctx') || isContext(btf, target, programType)) {
    only(place, 'ctx');
    const problem = tags.has('ctx') ? taggedContextProblem(btf, target, programType) : null;
    if (problem !== null) throw new Problem(`arg#${index} ${problem}`);
    return { kind: 'context' };
  }
  const type = resolvedType(btf, target);
  if (type.kind === 'struct' && type.name === 'bpf_dynptr') {
    only(place);
    return { kind: 'dynptr' };
  }
  if (tags.has('trusted')) {
    only(place, 'trusted', 'nullable');
    return { kind: 'object', trusted: true, nullable: tags.has('nullable') };
  }
  if (tags.has('untrusted')) {
    only(place, 'untrusted');
    const primitive = type.kind === 'void' || type.kind === 'int' || type.kind === 'enum' || type.kind === 'enum64';
    if (primitive) return { kind: 'memory', size: 0, untrusted: true };
    return { kind: 'object', trusted: false, nullable: false };
  }
  if (tags.has('arena')) {
    only(place, 'arena');
    return { kind: 'arena' };
  }
  only(place, 'nonnull');
  const size = type.kind === 'void' || type.kind === 'fwd' ? undefined : sizeOf(btf, target);
  if (size === undefined) {
    const what = type.kind === 'void' ? 'UNKNOWN' : type.kind.toUpperCase();
    throw new Problem(`arg#${index} reference type('${what} ${type.name}') size cannot be determined: -22`);
  }
  return tags.has('nonnull') ? { kind: 'memory', size, nonNull: true } : { kind: 'memory', size };
}
