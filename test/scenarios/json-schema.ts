/** A validator for the part of JSON Schema that the published schema uses; a keyword that it does not know is an error. */

type Schema = Readonly<Record<string, unknown>>;

const ANNOTATIONS = new Set([
  '$schema',
  '$defs',
  'title',
  'description',
  'default',
  'examples',
  'id',
  'x-min',
  'x-max',
  'then',
  'else',
]);

/** Why `value` does not fit `schema`, as sentences; empty when it fits. */
export function misfits(root: Schema, value: unknown, schema: Schema = root, at = ''): string[] {
  const say = (what: string): string[] => [`${at || '(root)'}: ${what}`];
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  const entries = isMap ? Object.entries(value) : [];
  const fits = (part: unknown, item: unknown): boolean => misfits(root, item, part as Schema).length === 0;
  return Object.entries(schema).flatMap(([keyword, rule]): string[] => {
    if (ANNOTATIONS.has(keyword)) return [];
    switch (keyword) {
      case '$ref':
        return misfits(root, value, (root['$defs'] as Record<string, Schema>)[String(rule).replace('#/$defs/', '')]!, at);
      case 'type': {
        const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
        return type === rule || (rule === 'integer' && Number.isInteger(value)) ? [] : say(`${type} is not ${String(rule)}`);
      }
      case 'required':
        return isMap ? (rule as string[]).filter((key) => !Object.hasOwn(value, key)).map((key) => `${at}: lacks ${key}`) : [];
      case 'properties':
        return entries.flatMap(([key, item]) => {
          const part = Object.hasOwn(rule as object, key) ? (rule as Record<string, Schema>)[key] : undefined;
          return part === undefined ? [] : misfits(root, item, part, `${at}/${key}`);
        });
      case 'additionalProperties':
        return entries
          .filter(([key]) => !Object.hasOwn((schema['properties'] ?? {}) as object, key))
          .flatMap(([key, item]) =>
            rule === false ? [`${at}/${key}: not allowed`] : misfits(root, item, rule as Schema, `${at}/${key}`),
          );
      case 'propertyNames':
        return entries.flatMap(([key]) => misfits(root, key, rule as Schema, `${at}/${key} (name)`));
      case 'items':
        return Array.isArray(value) ? value.flatMap((item, index) => misfits(root, item, rule as Schema, `${at}/${index}`)) : [];
      case 'anyOf':
        return (rule as Schema[]).some((part) => fits(part, value)) ? [] : say('fits none of anyOf');
      case 'not':
        return fits(rule, value) ? say('fits what it must not') : [];
      case 'if':
        return misfits(root, value, (fits(rule, value) ? schema['then'] : schema['else']) as Schema, at);
      case 'enum':
        return (rule as unknown[]).includes(value) ? [] : say('not in enum');
      case 'pattern':
        return typeof value !== 'string' || new RegExp(String(rule), 'u').test(value) ? [] : say('does not match');
      case 'uniqueItems':
        return !Array.isArray(value) || new Set(value).size === value.length ? [] : say('repeats an item');
      default: {
        const bound = /^(min|max)(imum|Length|Items|Properties)$/.exec(keyword);
        if (bound === null) throw new Error(`unknown keyword ${keyword} in the schema at ${at}`);
        const size = { imum: value, Length: value, Items: value, Properties: entries };
        const measured = size[bound[2] as keyof typeof size];
        const n =
          bound[2] === 'imum'
            ? typeof measured === 'number'
              ? measured
              : null
            : bound[2] === 'Length'
              ? typeof measured === 'string'
                ? measured.length
                : null
              : Array.isArray(measured) && (bound[2] === 'Items' || isMap)
                ? measured.length
                : null;
        if (n === null) return [];
        return (bound[1] === 'min' ? n >= Number(rule) : n <= Number(rule)) ? [] : say(`${keyword} ${String(rule)}`);
      }
    }
  });
}
