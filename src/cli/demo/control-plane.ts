/**
 * The main thread's side of the load balancer: it fills fresh inner maps and publishes them under running readers.
 *
 * One rule carries the demo's claims. A backend's state says gone only after (1) every table that named it has been
 * replaced and (2) the synchronize() that began after that has resolved. Then no reader can still pick it.
 */
import type { Runtime } from '../../index.js';
import { BACKEND_STATE, backendValue, denyList, writeTable } from './contents.js';
import { maglevTable } from './maglev.js';
import { type BalancerMaps, type DenyList, denyListSpec, type Table, tableSpec } from './maps.js';
import type { SwapMeter } from './meter.js';
import { randomNumbers, type Service, type Tenant, type World } from './world.js';

interface ServiceState {
  readonly service: Service;
  /** Maglev table over the backends that serve now; null when they have changed since. */
  picks: Uint32Array | null;
  published: boolean;
}

/** Generations are small numbers and can never look like poison (0x6b6b6b6b). */
const LAST_GENERATION = 0x6000_0000;

export class ControlPlane {
  readonly services: readonly ServiceState[];
  readonly tenants: readonly Tenant[];
  readonly #runtime: Runtime;
  readonly #maps: BalancerMaps;
  readonly #meter: SwapMeter;
  readonly #tableSize: number;
  readonly #serving: Set<number>;
  readonly #servicesOf = new Map<number, number[]>();
  readonly #random = randomNumbers(7);
  readonly #staging: Uint32Array;
  #generation = 0;

  constructor(runtime: Runtime, maps: BalancerMaps, world: World, tableSize: number, meter: SwapMeter) {
    this.#runtime = runtime;
    this.#maps = maps;
    this.#meter = meter;
    this.#tableSize = tableSize;
    this.#staging = new Uint32Array(2 * tableSize);
    this.#serving = new Set(Array.from({ length: world.backends }, (_, number) => number));
    this.services = world.services.map((service) => ({ service, picks: null, published: false }));
    this.tenants = world.tenants;
    for (const [index, { backends }] of world.services.entries()) {
      for (const number of backends) this.#servicesOf.set(number, [...(this.#servicesOf.get(number) ?? []), index]);
    }
  }

  /** Backends that serve now. */
  get serving(): number {
    return this.#serving.size;
  }

  /** Numbers of the backends that any service uses. */
  get backends(): number[] {
    return [...this.#servicesOf.keys()];
  }

  /** Everything in place, before the first packet. */
  setUp(): void {
    for (const number of this.#serving) this.#setState(number, BACKEND_STATE.serving);
    for (const index of this.services.keys()) this.publishService(index);
    for (const index of this.tenants.keys()) this.publishDenyList(index);
  }

  /** A fresh table for the service; the old one is freed when no reader can hold it. */
  publishService(index: number): void {
    const state = this.#state(index);
    const table = this.#freshTable(state);
    this.#meter.swap(() => this.#maps.services.set(state.service.key, table));
    state.published = true;
    table.close();
  }

  /** The same, waiting until no reader holds the old table: its time is the grace period. */
  async replaceService(index: number): Promise<void> {
    const state = this.#state(index);
    const table = this.#freshTable(state);
    const old = await this.#meter.gracePeriod(this.#maps.services.swap(state.service.key, table));
    table.close();
    old?.close();
  }

  publishDenyList(index: number): void {
    const tenant = this.#tenant(index);
    const list = this.#freshDenyList(tenant);
    this.#meter.swap(() => this.#maps.tenants.set(tenant.id, list));
    list.close();
  }

  async replaceDenyList(index: number): Promise<void> {
    const tenant = this.#tenant(index);
    const list = this.#freshDenyList(tenant);
    const old = await this.#meter.gracePeriod(this.#maps.tenants.swap(tenant.id, list));
    list.close();
    old?.close();
  }

  /** Take the service out: its packets pass until `publishService` puts it back. */
  removeService(index: number): void {
    const state = this.#state(index);
    if (!state.published) return;
    this.#meter.swap(() => this.#maps.services.delete(state.service.key));
    state.published = false;
  }

  /** Take a backend out of every table, wait for the readers of the old ones, and only then say that it is gone. */
  async removeBackend(number: number): Promise<void> {
    if (!this.#serving.delete(number)) return;
    this.#republish(number);
    await this.#runtime.synchronize();
    this.#setState(number, BACKEND_STATE.gone);
  }

  /** The way back has the opposite order: the state first, then the tables. */
  restoreBackend(number: number): void {
    this.#setState(number, BACKEND_STATE.serving);
    this.#serving.add(number);
    this.#republish(number);
  }

  #republish(number: number): void {
    for (const index of this.#servicesOf.get(number) ?? []) {
      this.#state(index).picks = null;
      if (this.#state(index).published) this.publishService(index);
    }
  }

  #setState(number: number, state: number): void {
    this.#maps.backends.set(number, backendValue(number, state));
  }

  #freshTable(state: ServiceState): Table {
    state.picks ??= maglevTable(
      state.service.backends.filter((number) => this.#serving.has(number)),
      this.#tableSize,
    );
    writeTable(this.#staging, state.picks, this.#nextGeneration());
    const table = this.#runtime.createMap(tableSpec(this.#tableSize));
    table.fill(this.#staging);
    return table;
  }

  #freshDenyList(tenant: Tenant): DenyList {
    const list = this.#runtime.createMap(denyListSpec);
    list.setMany(denyList(tenant, this.#nextGeneration(), this.#random));
    return list;
  }

  #nextGeneration(): number {
    this.#generation = this.#generation === LAST_GENERATION ? 1 : this.#generation + 1;
    return this.#generation;
  }

  #state(index: number): ServiceState {
    const state = this.services[index];
    if (state) return state;
    throw new RangeError(`no service ${index}: there are ${this.services.length}`);
  }

  #tenant(index: number): Tenant {
    const tenant = this.tenants[index];
    if (tenant) return tenant;
    throw new RangeError(`no tenant ${index}: there are ${this.tenants.length}`);
  }
}
