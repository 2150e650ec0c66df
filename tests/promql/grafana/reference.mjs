// Writes units.json, reducers.json, intervals.json, names.json, display.json, escaping.json, heatmap.json,
// histogram.json and transformations.json.
import { writeFileSync } from 'node:fs';
import {
  FieldType, buildHistogram, createTheme, formattedValueToString, getDisplayProcessor, getFieldDisplayName, getValueFormat,
  getValueFormats,
  rangeUtil, reduceField,
} from '@grafana/data';
import { interpolateQueryExpr } from './node_modules/@grafana/prometheus/dist/esm/escaping.mjs';
import { inputs, transformed } from './transformations.mjs';
import { transformToHistogramOverTime } from './node_modules/@grafana/prometheus/dist/esm/result_transformer.mjs';

// A browser's globals, which Grafana's date formats look for.
globalThis.navigator = { language: 'en-US', languages: ['en-US'] };
globalThis.window = globalThis;

// JSON has no NaN and no infinity: they travel as strings.
const encode = (_, v) => (typeof v === 'number' && !Number.isFinite(v) ? String(v) : v);
const write = (name, rows) =>
  writeFileSync(name, '[\n' + rows.map((row) => JSON.stringify(row, encode)).join(',\n') + '\n]\n');

const units = (
  'none short sishort percent percentunit ns µs ms s m h d bytes decbytes kbytes mbytes gbytes decmbytes bits decbits ' +
  'Bps binBps bps hertz reqps ops rps wps iops cps eps mps reqpm opm epm bool bool_yes_no bool_on_off celsius joule watt ' +
  'bottles suffix:pods prefix:v si:W si:mWh count:wines'
).split(' ');
const values = [
  0, 1, -1, 0.5, 0.0123, 0.1, 0.000456, 1.5e-7, 0.999, 1.005, 2.25, 12, 59.996, 60, 99.95, 123.456, -123.456, 999.9,
  1000, 1024, 12345, 86400, 604800, 1234567.891, 123456789, -5e9, 1.7e12, 3.2e15, 4.5e21,
];
const texts = units.flatMap((unit) =>
  [undefined, 2].flatMap((decimals) => values.map((value) => [unit, decimals, value])));
const dates = [0, 1760000000123].map((value) => ['dateTimeAsIso', undefined, value]);
const text = (unit, decimals, value) => formattedValueToString(getValueFormat(unit)(value, decimals, null, 'utc'));
const others = getValueFormats().flatMap(({ submenu }) => submenu.map(({ value }) => value))
  .filter((unit) => !units.includes(unit) && !/Local|FromNow|IfToday|^string$/.test(unit))
  .concat('time:YYYY-MM-DD', 'time: ddd D MMM YY h:mm A', 'currency:¤', 'bool:ja/nein', 'suffix:', 'qps');
const more = others.flatMap((unit) => [0, 0.0123, 1, -5, 59.996, 93784, 1234567.891, 4.5e15].flatMap((value) =>
  [undefined, 1].map((decimals) => [unit, decimals, value])))
  .filter(([unit, , value]) => value < 1e15 || !/time|clock/i.test(unit)); // beyond the year 9999
write('units.json', [...texts, ...dates, ...more].map(([unit, decimals, value]) =>
  [unit, decimals ?? null, value, text(unit, decimals, value)]));

const series = [
  [1, 2, 3, 4, 5], [0, 0, 0], [5, 3, 8], [], [2, 9, 1, 7, 7, 4, 3], [-3.5], [1, 5, 10, 2, 4, 8], [4, 4, 6],
  [10, 0, -10, 1e300], [0.1, 0.2, 0.30000000000000004],
  [7, 3, 9, 2, 11, 11, 5, 6, 0, 1, 13, 8, 4, 10, 12, 20, 15, 16, 14, 17],
];
const reducers = (
  'lastNotNull firstNotNull last first min max mean median stdDev sum count range diff diffperc delta ' +
  'p1 p50 p75 p90 p95 p99 variance countAll step logmin allIsZero allIsNull changeCount distinctCount'
).split(' ');
const reduced = (values, id) =>
  reduceField({ field: { name: 'x', type: FieldType.number, config: {}, values }, reducers: [id] })[id] ?? null;
write('reducers.json', series.flatMap((values) => reducers.map((id) => [id, values, reduced(values, id)])));

const minutes = [1, 5, 15, 30, 60, 180, 360, 720, 1440, 2880, 10080, 43200, 129600, 525600];
const interval = (m, points, low) =>
  rangeUtil.calculateInterval({ from: 0, to: m * 60000 }, points, low).intervalMs / 1000;
write('intervals.json', minutes.flatMap((m) => [100, 321, 720, 1440, 1920].flatMap((points) =>
  ['1s', '5s', '15s', '30s', '2m'].map((low) => [m * 60, points, low, interval(m, points, low)]))));

const labelSets = [
  [{}], [{ pod: 'a' }], [{ pod: 'a' }, { pod: 'b' }], [{ pod: 'a', job: 'w' }, { pod: 'b', job: 'w' }],
  [{ pod: 'a' }, { job: 'w' }], [{ pod: 'a', job: 'w' }],
];
const frame = (labels) => ({
  fields: [
    { name: 'Time', type: FieldType.time, config: {}, values: [0] },
    { name: 'Value', type: FieldType.number, config: {}, values: [1], labels },
  ],
});
write('names.json', labelSets.map((sets) => {
  const frames = sets.map(frame);
  return [sets, frames.map((one) => getFieldDisplayName(one.fields[1], one, frames))];
}));

const steps = [{ value: -Infinity, color: 'green' }, { value: 80, color: 'orange' }, { value: 90, color: 'red' }];
const configs = [
  { unit: 's', decimals: 1 }, { unit: 'percentunit', min: 0, max: 1, thresholds: { mode: 'percentage', steps } },
  { unit: 'short', noValue: 'quiet', thresholds: { mode: 'absolute', steps } },
  { mappings: [{ type: 'value', options: { 0: { text: 'down', color: 'red' }, 1: { text: 'up' } } },
    { type: 'range', options: { from: 2, to: 5, result: { text: 'few' } } },
    { type: 'special', options: { match: 'nan', result: { text: 'no traffic' } } }] },
  { mappings: [{ type: 'special', options: { match: 'null+nan', result: { text: '-' } } }] }];
const theme = createTheme();
write('display.json', configs.flatMap((config) => [0, 1, 3, 0.85, 0.95, 85, 95, NaN, null].map((value) => {
  const field = {
    name: 'x', type: FieldType.number, values: [0, 100], config: { ...config, color: { mode: 'thresholds' } },
  };
  const shown = getDisplayProcessor({ field, theme })(value);
  const step = steps.find((step) => config.thresholds && theme.visualization.getColorByName(step.color) === shown.color);
  return [config, value, formattedValueToString(shown), step?.color ?? null];
})));

const plain = { multi: false, includeAll: false };
const multi = { multi: true, includeAll: true };
write('escaping.json', [
  ['wine', plain], ["o'brien", plain], ['a\\b', plain], ['a.b', plain], ['a.b', multi], [['a'], multi],
  [['a', 'b.c'], multi], [['x(1)', 'y|z', '/predict'], multi],
].map(([value, variable]) => [value, variable.multi, interpolateQueryExpr(value, variable)]));

const cumulative = { 0.1: [1, 2, 4, 0], 0.5: [3, 2, 9, 0], 1: [3, 5, 9, 0.0000000001], '+Inf': [4, 5, 9, 3] };
const rows = Object.entries(cumulative).map(([le, values]) => ({
  name: le,
  fields: [
    { name: 'Time', type: FieldType.time, values: [0, 1, 2, 3] },
    { name: le, type: FieldType.number, config: {}, values: [...values] },
  ],
}));
const bound = (row) => parseFloat(row.name.replace('+Inf', 'Infinity'));
rows.sort((a, b) => bound(a) - bound(b));
const alone = transformToHistogramOverTime(rows).map((row) => [row.name, row.fields[1].values]);
write('heatmap.json', [[cumulative, Object.fromEntries(alone)]]);

const samples = {
  whole: [[1, 2, 3, 4, 5, 5, 5]], one: [[7.25]], zero: [[0, 0, 3]], negative: [[-3.5, -0.1, 0.1, 12]], none: [[]],
  small: [[0.0123, 0.0125, 0.0125, 0.0301, 0.05]], wide: [[1, 1000, 250000]], thirds: [[0.1, 0.2, 0.30000000000000004], [0.1]],
  gaps: [[1, NaN, 2, Infinity, 9], [4, 4.5, -Infinity]], many: [Array.from({ length: 40 }, (_, i) => Math.sin(i) * 10)],
};
const bucketings = [
  {}, { bucketCount: 5 }, { bucketCount: 200 }, { bucketSize: 0.1 }, { bucketSize: 2, bucketOffset: 0.5 }, { combine: true },
];
const numbers = (values) => ({ fields: [{ name: 'Value', type: FieldType.number, config: {}, values }] });
write('histogram.json', Object.values(samples).flatMap((series) => bucketings.map((options) => {
  const { xMin, xMax, counts } = buildHistogram(series.map(numbers), options);
  return [series, options, xMin.values, xMax.values, counts.map(({ values }) => values), xMin.config.decimals ?? 0];
})));

transformed().then((rows) => write('transformations.json', [inputs, ...rows]));
