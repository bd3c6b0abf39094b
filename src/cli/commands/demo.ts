import { type Command, EXIT } from '../command.js';
import { demoOptions, USAGE } from '../demo/options.js';
import { summaryLines } from '../demo/report.js';
import { runDemo } from '../demo/run.js';

export const command: Command = {
  usage: USAGE,
  endsOnInterrupt: true,
  async main(args, terminal, interrupted) {
    const options = demoOptions(args);
    const report = await runDemo(options, terminal, interrupted);
    if (options.json) terminal.json(report);
    else terminal.print(...summaryLines(report, terminal));
    return report.violations === 0 && report.failure === null ? EXIT.ok : EXIT.failure;
  },
};
