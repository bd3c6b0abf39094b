/**
 * What Piscina loads, by `require`. A thread that is terminated while it requires an ES module takes the whole process
 * with it (an assertion in Node's ModuleWrap::CreateRequiredModuleFacade, seen in 20.20), so this is none; `import()`
 * has no such moment. Piscina awaits the function that is exported.
 */
import type { Task, TaskResult } from './protocol.js';
type Handler = (task: Task) => Promise<TaskResult>;

const handler: Promise<Handler> = import('./entry.js').then((entry) => entry.default);

export = handler;
