/** The type of a column, of a field of a user-defined type, or of what a collection holds. */
export type ColumnType =
  | { kind: 'scalar'; name: string }
  | { kind: 'list' | 'set'; of: ColumnType }
  | { kind: 'map'; key: ColumnType; value: ColumnType }
  | { kind: 'userDefined'; name: string; listedQuoted: boolean; fields: readonly { name: string; type: ColumnType }[] };

/** As listed in `system_schema.types`. */
export interface UserDefinedType {
  name: string;
  fields: readonly { name: string; type: string }[];
}

/**
 * Parses a type as `system_schema` lists it. Names of user-defined types are not quoted there, except for keywords in
 * newer releases (src/yb/common/ql_type.cc, `QLType::ToString`), so the names must be known.
 */
export function columnType(text: string, types: ReadonlyMap<string, UserDefinedType>): ColumnType {
  return new TypeReader(text, types).whole();
}

const PARAMETRIC = /(frozen|list|set|map)</y;
const SCALAR = /[^<>,]*/y;

class TypeReader {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly types: ReadonlyMap<string, UserDefinedType>,
  ) {}

  whole(): ColumnType {
    const type = this.type();
    // A type that can't be parsed is treated as a scalar of that name: its values are passed on unchanged.
    return this.at === this.text.length ? type : { kind: 'scalar', name: this.text };
  }

  private type(): ColumnType {
    PARAMETRIC.lastIndex = this.at;
    const [opening = '', kind] = PARAMETRIC.exec(this.text) ?? [];
    if (kind === undefined) return this.named();
    this.at += opening.length;
    const of = this.type();
    let type: ColumnType = of;
    if (kind === 'list' || kind === 'set') type = { kind, of };
    if (kind === 'map') {
      this.passes(', ');
      type = { kind, key: of, value: this.type() };
    }
    this.passes('>');
    return type;
  }

  private named(): ColumnType {
    const found = [...this.types.keys()]
      .flatMap((name) => [
        { name, written: name, listedQuoted: false },
        { name, written: `"${name}"`, listedQuoted: true },
      ])
      .filter(({ written }) => this.text.startsWith(written, this.at))
      .filter(({ written }) => /^(?:$|>|, )/.test(this.text.slice(this.at + written.length)))
      .sort((one, other) => other.written.length - one.written.length)[0];
    if (!found) {
      SCALAR.lastIndex = this.at;
      const [name = ''] = SCALAR.exec(this.text) ?? [];
      this.at += name.length;
      return { kind: 'scalar', name };
    }
    const { name, written, listedQuoted } = found;
    this.at += written.length;
    const fields = (this.types.get(name)?.fields ?? []).map((field) => ({
      name: field.name,
      type: columnType(field.type, this.types),
    }));
    return { kind: 'userDefined', name, listedQuoted, fields };
  }

  private passes(sign: string): void {
    if (this.text.startsWith(sign, this.at)) this.at += sign.length;
  }
}

/** What the type consists of: itself, and everything in it. */
export function* partsOf(type: ColumnType): Generator<ColumnType> {
  yield type;
  if (type.kind === 'list' || type.kind === 'set') yield* partsOf(type.of);
  if (type.kind === 'map') {
    yield* partsOf(type.key);
    yield* partsOf(type.value);
  }
  if (type.kind === 'userDefined') for (const field of type.fields) yield* partsOf(field.type);
}
