/** What Node's `console.log` shows of an object: a line or two, instead of everything that hangs on it. */
const CUSTOM = Symbol.for('nodejs.util.inspect.custom');

type Inspect = (value: unknown, options: object) => string;

/**
 * Show the objects of a class, or one object, as `Title { … }`.
 * @param target A prototype, or the object.
 * @param shown The properties that stand there; large ones are better told by their size.
 */
export function showAs<T extends object>(
  target: T,
  title: (object: T) => string,
  shown: (object: T) => Readonly<Record<string, unknown>>,
): void {
  const isPrototype = Object.hasOwn(target, 'constructor');
  Object.defineProperty(target, CUSTOM, {
    value(this: T, depth: number, options: object, inspect: Inspect): string {
      if (isPrototype && this === target) return '[prototype]';
      return `${title(this)} ${depth < 0 ? '{ … }' : inspect(shown(this), options)}`;
    },
  });
}
