/** `Symbol.dispose` and `Symbol.asyncDispose`, where the host does not have them yet. To be imported before a class names them. */
for (const name of ['dispose', 'asyncDispose'] as const) {
  if (Symbol[name] === undefined) {
    Object.defineProperty(Symbol, name, {
      value: Symbol.for(`innermap.${name}`),
      writable: false,
      configurable: false,
    });
  }
}

export {};
