export { SaveError, type SaveErrorCode } from './save/format.js';
export { type LoadedMap, loadMaps } from './save/load.js';
export { saveMaps } from './save/save.js';
