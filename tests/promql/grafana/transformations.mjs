// What Grafana's transformations make of three tables and two series: the cases of transformations.json.
import { FieldType, getFieldDisplayName, standardTransformers, standardTransformersRegistry, toDataFrame, transformDataFrame } from '@grafana/data';
import { lastValueFrom } from 'rxjs';

standardTransformersRegistry.setInit(() =>
  [...new Set(Object.values(standardTransformers))].map((transformation) => ({ id: transformation.id, aliasIds: transformation.aliasIds, transformation: async () => transformation, name: '' })));

const time = (values) => ({ name: 'Time', type: FieldType.time, values });
const text = (name, values) => ({ name, type: FieldType.string, values });
const number = (name, values, labels) => ({ name, type: FieldType.number, values, ...(labels && { labels }) });
export const inputs = {
  used: [time([9, 9, 9]), text('kind', ['D', 'D', 'S']), text('pod', ['a', 'b', 'c']), number('Value #A', [1, 2, null])],
  asked: [time([9, 9, 9]), text('kind', ['D', 'S', 'S']), text('pod', ['a', 'c', 'd']), number('Value #B', [10, 30, 40])],
  first: [time([1, 2, 3]), number('Value', [1, null, 3], { pod: 'a', job: 'x' })],
  second: [time([2, 3, 4]), number('Value', [20, 30, 40], { pod: 'b', job: 'x' })],
  facts: [time([9]), text('job', ['x']), text('size', ['1,200']), number('Value', [5])],
};
const tables = ['used', 'asked'], series = ['first', 'second'];
const reduce = (calcs, more) => ({ id: 'reduce', options: { reducers: calcs, ...more } });
const binary = (left, operator, right, more) =>
  ({ id: 'calculateField', options: { mode: 'binary', binary: { left, operator, right }, ...more } });
const by = (name) => ({ matcher: { id: 'byName', options: name } });
const group = (fields) => ({ id: 'groupBy', options: { fields } });
const aggregate = (...aggregations) => ({ operation: 'aggregate', aggregations });
const where = (fieldName, id, options, more) =>
  ({ id: 'filterByValue', options: { filters: [{ fieldName, config: { id, options } }], type: 'include', match: 'any', ...more } });
const order = (...orderBy) => ({ id: 'organize', options: { orderByMode: 'auto', orderBy } });
const numbers = { matcher: { id: 'byType', options: 'number' } };
const string = (more) => ({ id: 'convertFieldType', options: { conversions: [{ targetField: 'Time', destinationType: 'string', timezone: 'utc', ...more }] } });
const rename = (regex, renamePattern) => ({ id: 'renameByRegex', options: { regex, renamePattern } });

export const cases = [
  [tables, [{ id: 'merge', options: {} }]],
  [series, [{ id: 'merge', options: {} }]],
  [tables, [{ id: 'joinByField', options: { byField: 'pod', mode: 'outer' } }]],
  [tables, [{ id: 'joinByField', options: { byField: 'pod', mode: 'inner' } }]],
  [tables, [{ id: 'joinByField', options: { byField: 'kind', mode: 'outerTabular' } }]],
  [tables, [{ id: 'seriesToColumns', options: { byField: 'pod' } }]],
  [series, [{ id: 'joinByField', options: {} }]],
  [series, [{ id: 'seriesToRows', options: {} }]],
  [series, [{ id: 'concatenate', options: {} }]],
  [series, [{ id: 'labelsToFields', options: {} }]],
  [series, [{ id: 'labelsToFields', options: { valueLabel: 'pod' } }]],
  [series, [{ id: 'labelsToFields', options: { keepLabels: ['pod'] } }, { id: 'merge', options: {} }]],
  [series, [reduce(['max', 'lastNotNull', 'p95'])]],
  [series, [reduce(['mean'], { labelsToFields: true })]],
  [series, [reduce(['sum'], { mode: 'reduceFields' })]],
  [tables, [reduce(['count', 'sum'], { mode: 'reduceFields' })]],
  [['used'], [{ id: 'organize', options: { excludeByName: { Time: true }, indexByName: { pod: 0, kind: 1 }, renameByName: { kind: 'Kind', pod: '' } } }]],
  [['used'], [{ id: 'organize', options: { includeByName: { pod: true, 'Value #A': true } } }]],
  [['used'], [{ id: 'filterFieldsByName', options: { include: { names: ['pod'], pattern: '/^V/' } } }]],
  [['used'], [{ id: 'filterFieldsByName', options: { exclude: { names: ['kind', 'Time'] } } }]],
  [['used'], [{ id: 'renameByRegex', options: { regex: '(.)od', renamePattern: '$1ortion' } }]],
  [['used'], [{ id: 'sortBy', options: { sort: [{ field: 'pod', desc: true }] } }]],
  [['used'], [{ id: 'sortBy', options: { sort: [{ field: 'Value #A' }] } }]],
  [['used'], [{ id: 'limit', options: { limitField: 2 } }]],
  [['used'], [group({ kind: { operation: 'groupby' }, 'Value #A': aggregate('sum', 'count'), pod: aggregate('lastNotNull') })]],
  [['used'], [group({ kind: { operation: 'groupby', aggregations: ['count'] }, pod: aggregate('distinctCount') })]],
  [['asked'], [binary(by('Value #B'), '/', { fixed: '2' })]],
  [['asked'], [binary('Value #B', '*', '3', { alias: 'thrice', replaceFields: true })]],
  [['asked'], [binary(by('nothing'), '+', { fixed: '2' })]],
  [['asked'], [{ id: 'calculateField', options: { mode: 'reduceRow', reduce: { reducer: 'sum' }, alias: 'Sum' } }]],
  [['asked'], [{ id: 'calculateField', options: { mode: 'unary', unary: { operator: 'percent', fieldName: 'Value #B' } } }]],
  [['asked'], [{ id: 'calculateField', options: { mode: 'index', index: { asPercentile: false } } }]],
  [['asked'], [{ id: 'calculateField', options: { mode: 'cumulativeFunctions', cumulative: { reducer: 'sum', field: 'Value #B' } } }]],
  [series, [{ id: 'joinByField', options: {} }, { id: 'calculateField', options: { mode: 'reduceRow', reduce: { reducer: 'sum' } } }]],
  [['used'], [{ id: 'convertFieldType', options: { conversions: [{ targetField: 'Value #A', destinationType: 'string' }] } }]],
  [['asked'], [where('Value #B', 'greater', { value: 15 })]],
  [['asked'], [where('kind', 'equal', { value: 'S' }, { type: 'exclude' })]],
  [['used'], [where('Value #A', 'isNull', {})]],
  [['used'], [where('pod', 'regex', { value: '^[ab]$' })]],
  [tables, [{ id: 'filterByRefId', options: { include: 'asked' } }]],
  [['asked'], [{ id: 'groupingToMatrix', options: { columnField: 'kind', rowField: 'pod', valueField: 'Value #B', emptyValue: 'null' } }]],
  [tables, [{ id: 'transpose', options: {} }]],
  [['used'], [{ id: 'organize', options: { excludeByName: { Time: true, kind: true } } }, { id: 'transpose', options: { firstFieldName: 'What' } }]],
  [['asked'], [{ id: 'filterFieldsByName', options: { include: { pattern: '/Value/' } } }, { id: 'transpose', options: { restFieldsName: 'Row' } }]],
  [series, [reduce(['sum']), { id: 'transpose', options: {} }]],
  [['used'], [{ id: 'limit', disabled: true, options: { limitField: 1 } }]],
  [tables, [{ id: 'joinByField', options: { byField: 'pod' } }, { id: 'filterFieldsByName', options: { include: { pattern: 'pod|kind 2|Value.+' } } },
    { id: 'organize', options: { renameByName: { 'kind 2': 'Kind' } } }, { id: 'renameByRegex', options: { regex: 'Value #(.*)', renamePattern: '$1' } }]],
  [series, [{ id: 'renameByRegex', options: { regex: '(.*)', renamePattern: 'x $1' } }]],
  [series, [{ id: 'organize', options: { renameByName: { a: 'first', 'Value a': 'second' } } }]],
  [series, [{ id: 'calculateField', options: { mode: 'reduceRow', reduce: { reducer: 'sum' }, alias: 'Sum' } }]],
  [series, [{ id: 'calculateField', options: { mode: 'reduceRow', reduce: { reducer: 'sum' }, replaceFields: true, timeSeries: false } }]],
  [series, [binary('Value', '*', { fixed: '2' })]],
  [series, [{ id: 'reduce', options: {} }]],
  [tables, [{ id: 'limit', filter: { id: 'byRefId', options: '' }, options: { limitField: 1 } }]],
  [tables, [{ id: 'limit', filter: { id: 'byRefId', options: 'asked' }, options: { limitField: 1 } }]],
  [series, [{ id: 'labelsToFields', options: { mode: 'rows' } }]],
  [series, [{ id: 'labelsToFields', options: { mode: 'rows', keepLabels: ['pod'] } }]],
  [['used'], [{ id: 'seriesToRows', options: {} }]],
  [['facts'], [{ id: 'seriesToRows', options: {} }]],
  [['used'], [group({ kind: { operation: 'groupby' }, 'Value #A': { operation: null, aggregations: ['sum'] } })]],
  [['facts'], [{ id: 'convertFieldType', options: { conversions: [{ targetField: 'size', destinationType: 'number' }, { targetField: 'job', destinationType: 'number' }] } }]],
  [tables, [{ id: 'limit', topic: 'series', options: { limitField: 1 } }]],
  [['asked'], [where('Value #B', 'between', { from: 10, to: 40 })]],
  [['asked'], [where('Value #B', 'between', { from: 9, to: 40.5 })]],
  [series, [where('Time', 'between', { from: '1', to: '4' })]],
  [['used'], [order({ type: 'name', desc: true })]],
  [['used'], [order({ type: 'name', desc: false })]],
  [series, [{ id: 'joinByField', options: {} }, order({ type: 'label', name: 'job', desc: false }, { type: 'label', name: 'pod', desc: true })]],
  [['asked'], [binary(numbers, '*', { fixed: '2' })]],
  [['asked'], [binary(numbers, '*', { fixed: '2' }, { replaceFields: true, alias: 'twice' })]],
  [['asked'], [binary(numbers, '-', by('Value #B'), { timeSeries: false })]],
  [['asked'], [binary(numbers, '-', by('nothing'), { replaceFields: true })]],
  [['second'], [binary(numbers, '*', { fixed: '2' })]],
  [['second'], [binary(numbers, '+', by('{job="x", pod="b"}'), { replaceFields: true })]],
  [['used'], [string({ dateFormat: 'YYYY' })]],
  [['first'], [string({})]],
  [['used'], [rename('/(?<a>.)(?<b>.)/', '$<b>$<a>$<c>')]],
  [['used'], [rename('/./g', '<$&>$$')]],
  [['used'], [rename('/(o)(.)/', '$2$1$3$01$12')]],
  [['used'], [rename('/o/', "[$`|$']$<a>")]],
  [['used'], [rename('od', 'x')]],
];

const shown = (frames) => frames.map((frame) => frame.fields.map((field) =>
  [getFieldDisplayName(field, frame, frames), field.type, [...field.values].map((value) => value ?? null)]));

export async function transformed() {
  const made = [];
  for (const [names, configs] of cases) {
    const frames = names.map((name) => toDataFrame({ refId: name, fields: inputs[name].map((field) => ({ config: {}, ...field })) }));
    made.push([names, configs, shown(await lastValueFrom(transformDataFrame(configs, frames)))]);
  }
  return made;
}
