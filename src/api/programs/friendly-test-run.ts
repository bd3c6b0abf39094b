/** `program.testRun()`: PROG_TEST_RUN with its sizes filled in, r0 in full, and traces. */
import { ProgramType } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import type { ProgramTestResult, TestRequest } from '../program.js';
import type { Programs } from '../programs.js';
import { perfEventPlan } from './contexts-only.js';
import { checkRunsAlone } from './contexts-xdp.js';
import { planTest, type TestPlan, type TestRunAttributes } from './test-run.js';

export function friendlyTestRun(programs: Programs, fd: number, request: TestRequest): ProgramTestResult {
  const program = programs.programOf(fd);
  checkRunsAlone(program, 'testRun');
  const { r0, data, context, duration } = programs.runPlan(
    program,
    planOf(fd, program.type, programs.verdict(program.id).maxContextOffset, request),
    request.trace,
  );
  const given = request.context === undefined ? null : context;
  return { verdict: Number(BigInt.asUintN(32, r0)), r0, data, context: given, duration };
}

function planOf(fd: number, type: number, maxContextOffset: number, { data, repeat, context }: TestRequest): TestPlan {
  if (type === ProgramType.PERF_EVENT && context !== undefined) return perfEventPlan(context, repeat);
  const contextOnly = type === ProgramType.SYSCALL || type === ProgramType.RAW_TRACEPOINT;
  if (contextOnly && repeat !== 1) {
    throw new BpfError('EINVAL', 'testRun', `repeat: given ${repeat}, expected 1: programs of this type run once`);
  }
  const hasContext = context !== undefined && context.length > 0;
  const attributes: TestRunAttributes = {
    prog_fd: fd,
    ...(contextOnly ? {} : { repeat }),
    ...(data === null ? {} : { data_in: data, data_size_in: data.length }),
    ...(hasContext ? { ctx_in: context, ctx_size_in: context.length } : {}),
  };
  return planTest(attributes, type, maxContextOffset);
}
