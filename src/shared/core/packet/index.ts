/** Exports for compiled programs and the interpreter. */
export { helper_9, helper_26, helper_39, helper_68 } from './bytes';
export { helper_10, helper_11, helper_28, helper_40, helper_135 } from './checksum';
export { helper_34, helper_41, helper_48 } from './hash';
export { load_packet } from './load';
export { helper_31, helper_38, helper_43 } from './resize';
export { helper_50 } from './adjust-room';
export { helper_32, helper_51, helper_163 } from './verdicts';
export { helper_18, helper_19 } from './vlan';
export { helper_44, helper_54, helper_65, helper_188, helper_189, helper_190 } from './xdp';
