export { isOneStatement, SqlGate, statementDigest, type GateReport, type Judged } from './sql-gate';
export type { MetaCommand } from './meta-commands';
export type { GatedContent } from './verdict';
export { foreignTableOf, kindOf, runsAs, tablespaceOf } from './runs-as';
export { shape, shapeOf } from './shape';
export { setByBlock } from './session-statements';
