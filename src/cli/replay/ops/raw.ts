/** Ops that test the form of attributes, and those about the caller. */
import type { Command } from '../../../index.js';
import type { Op } from '../scenario.js';
import { attempt, BrokenScenario, type Outcome, type Session } from '../session.js';
import { word } from '../hex.js';

const ATTRIBUTE_SIZE = 168;

/** Commands by their name in recordings, and where they have the map's descriptor (or id). */
const COMMANDS: Readonly<Record<string, { command: keyof typeof Command; at: number; byId?: true }>> = {
  lookup: { command: 'MAP_LOOKUP_ELEM', at: 0 },
  update: { command: 'MAP_UPDATE_ELEM', at: 0 },
  delete: { command: 'MAP_DELETE_ELEM', at: 0 },
  next_key: { command: 'MAP_GET_NEXT_KEY', at: 0 },
  lookup_and_delete: { command: 'MAP_LOOKUP_AND_DELETE_ELEM', at: 0 },
  freeze: { command: 'MAP_FREEZE', at: 0 },
  info: { command: 'OBJ_GET_INFO_BY_FD', at: 0 },
  map_get_fd_by_id: { command: 'MAP_GET_FD_BY_ID', at: 0, byId: true },
  map_get_next_id: { command: 'MAP_GET_NEXT_ID', at: 4, byId: true },
  lookup_batch: { command: 'MAP_LOOKUP_BATCH', at: 36 },
  lookup_and_delete_batch: { command: 'MAP_LOOKUP_AND_DELETE_BATCH', at: 36 },
  update_batch: { command: 'MAP_UPDATE_BATCH', at: 36 },
  delete_batch: { command: 'MAP_DELETE_BATCH', at: 36 },
};

export function attributeTail(session: Session, op: Op): Outcome {
  const row = COMMANDS[String(op['cmd'])];
  if (row === undefined) throw new BrokenScenario(`attr_tail: unknown command ${String(op['cmd'])}`);
  const bytes = new Uint8Array(ATTRIBUTE_SIZE);
  bytes.set(word(row.byId ? session.id(String(op['map'])) : session.fd(op['map'])), row.at);
  bytes[Number(op['nonzero_byte_at'])] = 1;
  return attempt(() => session.bpf(row.command, bytes));
}

export function rawCommand(session: Session, op: Op): Outcome {
  return attempt(() => session.bpf(Number(op['cmd']) as Command, new Uint8Array(ATTRIBUTE_SIZE)));
}

export function setCpu(session: Session, op: Op): Outcome {
  session.cpu = Number(op['cpu']);
  return { ret: 0 };
}

export function setCapabilities(session: Session, op: Op): Outcome {
  session.capabilities = op['effective'] as Session['capabilities'];
  return { ret: 0 };
}

export async function sleep(_session: Session, op: Op): Promise<Outcome> {
  await new Promise((resolve) => setTimeout(resolve, Number(op['ms'])));
  return { ret: 0 };
}
