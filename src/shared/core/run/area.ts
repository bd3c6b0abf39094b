/** Where this thread's run area is. */
import { self } from '../self';
import { runArea as areaOf } from '../slots';

export function runArea(): i32 {
  return <i32>areaOf(self());
}
