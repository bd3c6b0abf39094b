import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Program, Runtime } from 'innermap';

let runtime: Runtime;

before(async () => {
  runtime = await Runtime.create({ workers: 0 });
});
after(() => runtime.close());

function pass(name: string, type: 'xdp' | 'socket_filter' = 'xdp'): Promise<Program> {
  return runtime.loadProgram({ type, name, source: 'r0 = 2\nexit' });
}

describe('a program array', () => {
  it('takes and gives programs, the same object while it is open', async () => {
    using programs = runtime.createMap({ type: 'prog_array', maxEntries: 4 });
    using one = await pass('one');
    assert.equal(programs.get(1), undefined);
    assert.equal(programs.set(1, one), programs);
    assert.equal(programs.get(1), one);
    assert.equal(programs.has(1), true);
    assert.equal(programs.has(4), false);
    assert.equal(programs.size, 1);
    assert.deepEqual([...programs], [[1, one]]);
    assert.equal(programs.delete(1), true);
    assert.equal(programs.delete(1), false);
    assert.equal(programs.size, 0);
  });

  it('keeps a program alive whose object was closed, and gives a new object of it', async () => {
    using programs = runtime.createMap({ type: 'prog_array', maxEntries: 2 });
    const one = await pass('kept');
    const { id } = one;
    programs.set(0, one);
    one.close();
    const again = programs.get(0);
    assert.ok(again);
    assert.notEqual(again, one);
    assert.deepEqual([again.id, again.name], [id, 'kept']);
    assert.equal(programs.get(0), again);
    again.close();
    programs.clear();
    assert.throws(() => runtime.bpf('PROG_GET_FD_BY_ID', { prog_id: id }), { code: 'ENOENT' });
  });

  it('refuses what is no program, an index beyond its end, and a program of another type', async () => {
    using programs = runtime.createMap({ type: 'prog_array', maxEntries: 2 });
    using one = await pass('one');
    using filter = await pass('filter', 'socket_filter');
    assert.throws(() => programs.set(0, {} as never), { code: 'EINVAL' });
    assert.throws(() => programs.set(2, one), { code: 'E2BIG' });
    programs.set(0, one);
    assert.throws(() => programs.set(1, filter), { code: 'EINVAL' });
    const closed = await pass('closed');
    closed.close();
    assert.throws(() => programs.set(1, closed), { code: 'EBADF' });
    assert.equal(programs.size, 1);
  });
});
