/** Types whose elements belong to kernel objects. Their creation asks for BTF of the kernel or of the value. */
import { MapFlags } from '../../../shared/uapi.js';
import { type MapFamily } from './request.js';

/** SK_STORAGE, TASK_STORAGE, INODE_STORAGE, CGRP_STORAGE: values attached to a kernel object. */
export const localStorage: MapFamily = {
  early(request) {
    request.checkFlags(MapFlags.NO_PREALLOC | MapFlags.CLONE);
    if ((request.flags & MapFlags.NO_PREALLOC) === 0) throw request.invalid('map_flags', 'NO_PREALLOC (1) to be set');
    if (request.maxEntries !== 0) throw request.invalid('max_entries', `0 for ${request.typeName} maps`);
    request.checkKeySize(4);
    if (request.valueSize === 0) throw request.invalid('value_size', 'at least 1');
    for (const attribute of ['btf_key_type_id', 'btf_value_type_id']) {
      if (request.attributes.number(attribute) === 0) throw request.invalid(attribute, 'the BTF type, which is needed');
    }
  },
};

export const structOps: MapFamily = {
  early(request) {
    request.checkFlags(MapFlags.LINK | MapFlags.VTYPE_BTF_OBJ_FD);
    request.checkKeySize(4);
    if (request.maxEntries !== 1) throw request.invalid('max_entries', `1 for ${request.typeName} maps`);
    if (request.attributes.number('btf_vmlinux_value_type_id') === 0) {
      throw request.invalid('btf_vmlinux_value_type_id', 'the BTF type, which is needed');
    }
  },
};
